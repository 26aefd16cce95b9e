import { expect, test } from "vitest";
import {
  cacheHash,
  cacheName,
  loaderCachePath,
  loaderFormat,
  queryCachePath,
} from "../../../cells/data/observable-cache.ts";

test("a query is kept under its database, text and parameters", () => {
  expect(queryCachePath("duckdb", ["SELECT 1"], [])).toBe(".observable/cache/duckdb-4e2h4ry50qkhnrnl.json");
  expect(queryCachePath("chinook.db", ["SELECT 1"], [])).toBe(
    ".observable/cache/chinook-db.63gc8bbd-4e2h4ry50qkhnrnl.json",
  );
  expect(queryCachePath("duckdb", ["SELECT ", ""], [null])).toBe(
    queryCachePath("duckdb", ["SELECT ", ""], [undefined]),
  );
});

test("the output of a loader is kept under its interpreter and text, by its format", () => {
  expect(loaderCachePath("python", "print(1)", "json")).toBe(".observable/cache/python-58wf5nd3kkrvzshk.json");
  expect(loaderCachePath("r", "", null)).toBe(".observable/cache/r-5oaq0bjhj6un82wg.bin");
  expect(loaderFormat("nonsense")).toEqual({ extension: ".bin", method: null, typed: false });
});

test("hashes and names have the length that Observable gives them", () => {
  expect(cacheHash("")).toBe("5oaq0bjhj6un82wg");
  expect(cacheHash("", 8)).toBe("5oaq0bjh");
  expect(["my-db_1", "My Database (prod)", "é", "", "…"].map(cacheName)).toEqual([
    "my-db_1",
    "my-database-prod.2v4ty19y",
    "e.1uxnfu4r",
    "untitled.5oaq0bjh",
    `untitled.${cacheHash("…", 8)}`,
  ]);
});
