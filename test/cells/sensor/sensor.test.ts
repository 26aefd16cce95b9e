import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { compileGlob } from "../../../cells/sensor/glob.ts";
import { nothing, readOutcome } from "../../../cells/sensor/outcome.ts";
import { parseInterval, parseSensor } from "../../../cells/sensor/parse.ts";

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  return "nothing was wrong";
};

describe("the attribute", () => {
  test.each([
    ["inbox", { name: "inbox", source: { type: "code" } }],
    ["n: cron 0 6 * * *; @daily", { name: "n", source: { type: "cron", crons: ["0 6 * * *", "@daily"] } }],
    [" inbox : file inbox/*.csv ", { name: "inbox", source: { type: "file", pattern: "inbox/*.csv" } }],
    ["h: webhook secret=HOOK", { name: "h", source: { type: "webhook", secret: "HOOK", signature: null } }],
    [
      "h: webhook secret=HOOK signature=X-Hub-Signature-256",
      { name: "h", source: { type: "webhook", secret: "HOOK", signature: "x-hub-signature-256" } },
    ],
    ["a: asset tag:daily and +b", { name: "a", source: { type: "asset", select: "tag:daily and +b" } }],
    ["r: run failed", { name: "r", source: { type: "run", states: ["failed"], select: null } }],
    [
      "r: run ended of a/*",
      { name: "r", source: { type: "run", states: ["succeeded", "failed", "cancelled"], select: "a/*" } },
    ],
  ])("%s", (text, option) => {
    expect(parseSensor(text)).toEqual(option);
  });

  test.each([
    ["", "write one name"],
    ["a/b", "has no /"],
    ["a: folder x", '"folder" is nothing that wakes a sensor'],
    ["a: cron", "cron needs a time; write cron 0 6 * * *"],
    ["a: cron 61 * * * *", "minute"],
    ["a: file", "file needs names"],
    ["a: file ../x", "leaves the workspace"],
    ["a: file /etc/*", "leaves the workspace"],
    ["a: file x[1]", "not understood"],
    ["a: webhook", "needs a secret"],
    ["a: webhook secret=hook", '"secret=hook" is no option of webhook'],
    ["a: asset", "asset needs a selection"],
    ["a: asset +", "expected an asset, not the end"],
    ["a: run", "run needs an end"],
    ["a: run failed a/*", "or of and a selection"],
  ])("%s is wrong: %s", (text, message) => {
    expect(messageOf(() => parseSensor(text))).toContain(message);
  });

  test("it is evaluated once a second at most", () => {
    expect(parseInterval("5m")).toBe(300_000);
    expect(messageOf(() => parseInterval("10ms"))).toContain("once a second at most");
  });
});

test.each([
  ["inbox/*.csv", ["inbox/a.csv", "inbox/.csv.csv"], ["inbox/a.csv"]],
  ["**/*.csv", ["a.csv", "x/y/b.csv", ".hidden/c.csv", "a.txt"], ["a.csv", "x/y/b.csv"]],
  ["in/**", ["in/a", "in/b/c", "out/a"], ["in/a", "in/b/c"]],
  ["a?c*", ["abc", "abcd", "ac", "a/c"], ["abc", "abcd"]],
  ["*a*a*a*b", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaac"], []],
])("pattern %s", (pattern, names, matching) => {
  expect(names.filter(compileGlob(pattern))).toEqual(matching);
});

const run = { select: null, partition: null, key: null, tags: {}, params: {} };

describe("the answer", () => {
  test.each([
    [null, nothing],
    [{ run: {} }, { ...nothing, runs: [run] }],
    [
      {
        run: [{ key: "a" }, { select: "+b", partition: "2026-01-31", tags: { t: "1" }, params: { n: 1 } }],
        cursor: "7",
      },
      {
        ...nothing,
        runs: [
          { ...run, key: "a" },
          { ...run, select: "+b", partition: "2026-01-31", tags: { t: "1" }, params: { n: 1 } },
        ],
        cursor: "7",
      },
    ],
    [
      [
        { skip: "no" },
        { partitions: { add: { c: ["a"] } } },
        { partitions: { add: { c: ["b"] }, remove: { d: ["x"] } }, cursor: null },
      ],
      { runs: [], skip: "no", cursor: null, partitions: { add: { c: ["a", "b"] }, remove: { d: ["x"] } } },
    ],
  ])("%j", (value, outcome) => {
    expect(readOutcome(value)).toEqual(outcome);
  });

  test.each([
    ["run", 'the answer is "run"; write {run: {…}}'],
    [{ runs: [] }, 'the answer has no member "runs"; write run, skip, cursor, partitions'],
    [[{}, { run: [{ key: 7 }] }], "the answer[1].run[0].key is 7; write a text"],
    [{ run: { select: "a and" } }, "the answer.run.select: "],
    [{ cursor: 7 }, "the answer.cursor is 7; write a text"],
    [{ partitions: { add: { c: "a" } } }, 'the answer.partitions.add.c is "a"; write a list of keys'],
    [{ run: Array.from({ length: 1001 }, () => ({})) }, "asks for 1001 runs"],
  ])("%j is wrong", (value, message) => {
    expect(messageOf(() => readOutcome(value))).toContain(message);
  });
});
