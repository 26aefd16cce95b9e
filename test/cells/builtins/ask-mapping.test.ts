import { expect, test } from "vitest";
import { askMapping } from "../../../cells/builtins/ask-mapping.ts";
import type { PartitionValue } from "../../../cells/protocol/kernel.ts";

const june: PartitionValue = {
  key: "2026-06-01|eu",
  start: "2026-06-01T00:00:00.000Z",
  end: "2026-07-01T00:00:00.000Z",
  dimensions: { month: "2026-06-01", region: "eu" },
};

function ask(given: unknown) {
  const [answer] = askMapping("f", given, [june]).answers;
  return answer === undefined ? undefined : "keys" in answer ? answer.keys : answer.problem;
}

test("a function is given what a cell sees as partition, and answers with one key or several, each once", () => {
  expect(ask(({ start, region }: { start: Date; region: string }) => `${region} ${start.getUTCMonth()}`)).toEqual([
    "eu 5",
  ]);
  expect(ask(() => ["a", "b", "a"])).toEqual(["a", "b"]);
  expect(ask(() => new Set(["a"]))).toEqual(["a"]);
  expect(ask(() => [])).toEqual([]);
});

test.each([
  [3, "function f is 3 and no function; write it as (partition) => […]"],
  [() => undefined, "function f gives undefined for 2026-06-01|eu; give a key of the input as text, or a list of them"],
  [
    () => ["a", new Date(0)],
    "function f gives a Date among the keys for 2026-06-01|eu; give a key of the input as text, or a list of them",
  ],
  [
    () => ({ a: 1 }),
    "function f gives an object for 2026-06-01|eu; give a key of the input as text, or a list of them",
  ],
  [() => Promise.reject(new Error("late")), "function f gives a promise for 2026-06-01|eu; let it answer at once"],
  [() => JSON.parse("{") as unknown, /^function f failed for 2026-06-01\|eu: SyntaxError: /],
  [
    function* () {
      for (let n = 0; ; n++) yield String(n);
    },
    "function f gives more than 100000 keys for 2026-06-01|eu; give fewer",
  ],
])("%s is told in a sentence", (given, sentence) => {
  expect(ask(given)).toEqual(sentence instanceof RegExp ? expect.stringMatching(sentence) : sentence);
});
