import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freeBefore, placeFor, scrollStep, wouldMove } from "../../../src/frame/drag-cells.ts";
import { directed } from "../../../src/frame/console/directives.ts";
import { findMatches, replaceMatches, toPattern, type FindQuery } from "../../../src/frame/find/search.ts";

const query = (text: string, options: Partial<FindQuery> = {}): FindQuery => ({
  text,
  matchCase: false,
  wholeWord: false,
  regexp: false,
  ...options,
});
const expressionOf = (asked: FindQuery): RegExp => {
  const pattern = toPattern(asked);
  if (pattern?.type !== "ready") throw new Error(pattern?.message ?? "empty");
  return pattern.expression;
};
const found = (source: string, asked: FindQuery): readonly string[] =>
  findMatches([{ id: 1, source }], expressionOf(asked)).map(({ start, end }) => source.slice(start, end));

describe("finding", () => {
  test.each([
    ["a.b a+b", query("a.b"), ["a.b"]],
    ["One one ONE", query("one"), ["One", "one", "ONE"]],
    ["One one ONE", query("one", { matchCase: true }), ["one"]],
    ["price prices $price price_1", query("price", { wholeWord: true }), ["price"]],
    ["größer Größe", query("größe", { wholeWord: true }), ["Größe"]],
    ["a\nb\na", query("^a$", { regexp: true }), ["a", "a"]],
    ["aaa", query("x*", { regexp: true }), []],
    ["/* - */ [x]", query("* - *"), ["* - *"]],
  ])("%j", (source, asked, expected) => expect(found(source, asked)).toEqual(expected));

  test("what is no regular expression says so", () => {
    expect(toPattern(query("(a", { regexp: true }))).toEqual({ type: "problem", message: "Unterminated group" });
    expect(toPattern(query("", { regexp: true }))).toBeNull();
  });

  test("a text replaced by itself changes nothing, and plain text means itself", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (source, text) => {
        const asked = query(text, { matchCase: true });
        const expression = expressionOf(asked);
        expect(replaceMatches(source, expression, text, { regexp: false, at: null })).toBe(source);
        expect(replaceMatches(source, expression, "$&", { regexp: false, at: null })).toBe(
          source.replaceAll(text, () => "$&"),
        );
      }),
    );
  });

  test.each([
    ["one-two", "(\\w+)-(\\w+)", "$2-$1", null, "two-one"],
    ["aXbXc", "X", "[$&]", 3, "aXb[X]c"],
    ["a", "(a)|(b)", "$1$2$3$$", null, "a$3$"],
    ["a,b", ",", "\\n", null, "a\nb"],
  ])("%j: %s by %s", (source, text, replacement, at, expected) =>
    expect(replaceMatches(source, expressionOf(query(text, { regexp: true })), replacement, { regexp: true, at })).toBe(
      expected,
    ),
  );
});

describe("moving", () => {
  const order = [1, 2, 3, 4];
  const box = (cell: number) => ({ top: cell * 100, height: 50 });
  test("the place is before the first cell whose middle is below the pointer", () => {
    expect([0, 124, 126, 230, 424, 426].map((y) => placeFor(order, y, box))).toEqual([1, 1, 2, 3, 4, null]);
  });
  test("a dragged cell is no place for itself", () => {
    expect(freeBefore(2, [2, 3], order)).toBe(4);
    expect(freeBefore(4, [4], order)).toBeNull();
    expect([wouldMove([2], 3, order), wouldMove([2], 1, order), wouldMove([4], null, order)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(wouldMove([1, 3], 4, order)).toBe(true);
  });
  test("the page scrolls near its edges alone", () => {
    expect([scrollStep(400, 800), scrollStep(0, 800), scrollStep(800, 800), scrollStep(-50, 800)]).toEqual([
      0, -22, 22, -22,
    ]);
  });
});

test("directives of a format take the values that follow it", () => {
  expect(directed(["%s is %d%%", "x", 12.7, {}])).toEqual(["x is 12%", {}]);
  expect(directed(["%c styled", "color: red"])).toEqual([" styled"]);
  expect(directed(["see %o now", [1]])).toEqual(["see", [1], "now"]);
  expect(directed(["100%", 1])).toEqual(["100%", 1]);
  expect(directed([1, "%s"])).toEqual([1, "%s"]);
});
