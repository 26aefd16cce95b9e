import { describe, expect, test } from "vitest";
import { barOf, spanOf } from "../../../src/shell/gantt.ts";
import { sayAgo, sayBytes, sayDuration, sayRows } from "../../../src/shell/say.ts";
import { appKey } from "../../../src/shell/app-keys.ts";
import { toneOf } from "../../../src/shell/status.ts";

describe("figures as words", () => {
  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [245_000, "4 min 05 s"],
    [7_800_000, "2 h 10 min"],
  ])("%d ms is %s", (ms, said) => expect(sayDuration(ms)).toBe(said));

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [12_345, "12 kB"],
    [999_600, "1.0 MB"],
    [3.2e9, "3.2 GB"],
  ])("%d bytes are %s", (bytes, said) => expect(sayBytes(bytes)).toBe(said));

  test.each([
    [0, "just now"],
    [5 * 60_000, "5 min ago"],
    [-3 * 3_600_000, "in 3 h"],
    [49 * 3_600_000, "2 d ago"],
  ])("%d ms before now is %s", (before, said) => expect(sayAgo(1e12 - before, 1e12)).toBe(said));

  test("rows", () => expect([sayRows(1), sayRows(1204)]).toEqual(["1 row", "1,204 rows"]));

  test("words that are not known are quiet, whatever they are", () =>
    expect(["constructor", "__proto__", "new", "failed"].map(toneOf)).toEqual(["quiet", "quiet", "quiet", "bad"]));
});

describe("bars of a run", () => {
  const span = spanOf({ startedAt: 100, createdAt: 50, endedAt: 300 }, 1000);
  test.each([
    [
      { startedAt: 100, endedAt: 200 },
      { start: 0, length: 50 },
    ],
    [
      { startedAt: 250, endedAt: null },
      { start: 75, length: 25 },
    ],
    [
      { startedAt: 50, endedAt: 900 },
      { start: 0, length: 100 },
    ],
    [{ startedAt: null, endedAt: null }, null],
  ])("%o", (step, bar) => expect(barOf(step, span)).toEqual(bar));

  test("a run that has not begun has a span all the same", () =>
    expect(spanOf({ startedAt: null, createdAt: 50, endedAt: null }, 50)).toEqual({ from: 50, to: 51 }));
});

describe("keys of the page", () => {
  test("g and a letter go to a page; modifiers leave the key to the browser", () => {
    expect(appKey({ key: "g" }, "")).toEqual({ type: "prefix" });
    expect(appKey({ key: "r" }, "g")).toEqual({ type: "go", route: { type: "runs", before: null } });
    expect(appKey({ key: "x" }, "g")).toBe(null);
    expect(appKey({ key: "?" }, "")).toEqual({ type: "shortcuts" });
    expect(appKey({ key: "/", ctrlKey: true }, "")).toBe(null);
    expect(appKey({ key: "__proto__" }, "g")).toBe(null);
  });
});
