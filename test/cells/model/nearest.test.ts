import { expect, test } from "vitest";
import { nearest } from "../../../cells/model/nearest.ts";

test.each([
  ["strat", ["start", "end"], "start"],
  ["ordres", ["orders", "customers"], "orders"],
  ["Orders", ["orders"], "orders"],
  ["lsit", ["list", "login"], "list"],
  ["customers", ["orders"], null],
  ["b", ["a"], null],
  ["x".repeat(101), ["x".repeat(100)], null],
])("%s among %j is probably %s", (text, words, meant) => {
  expect(nearest(text, words)).toBe(meant);
});
