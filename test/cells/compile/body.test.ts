import { describe, expect, it } from "vitest";
import { bodyLineOffset, placeInStack } from "../../../cells/compile/body.ts";
import type { CellKind } from "../../../cells/model/cell.ts";
import { compile, evaluate } from "./support.ts";

/** Where a cell fails, taken from the stack of its error; the error is thrown by `x.y`, x being undefined. */
function failure(kind: CellKind, source: string): unknown {
  const tag = (strings: TemplateStringsArray): string => strings.join();
  try {
    evaluate(compile(source, { kind }), { md: tag, htl: { html: tag } }, "cell:7");
  } catch (error) {
    return error instanceof Error ? placeInStack(error.stack ?? "", "cell:7") : error;
  }
  return null;
}

const sources: readonly (readonly [CellKind, string, { line: number; column: number }])[] = [
  ["js", "\n\n   x.y", { line: 3, column: 6 }],
  ["js", "const a = 1;\n  x.y;", { line: 2, column: 5 }],
  ["ts", "const a: number = 1; x!.y;", { line: 1, column: 25 }],
  ["ojs", "foo = {\n  return x.y;\n}", { line: 2, column: 12 }],
  ["ojs", "foo = x.y", { line: 1, column: 9 }],
  ["md", "# `a` \\b\n ${1} and ${x.y}", { line: 2, column: 15 }],
  ["html", "<b>${x.y}", { line: 1, column: 8 }],
];

describe("a body", () => {
  it.each(sources)("%s %j fails where the author wrote it", (kind, source, place) => {
    expect(failure(kind, source)).toEqual(place);
  });

  it("has the author's first line at a known place", () => {
    const lines = (compile("x +\n y").body ?? "").split("\n");
    expect(lines.slice(bodyLineOffset, bodyLineOffset + 2)).toEqual(["x +", " y"]);
  });

  it("reads stacks of other engines, and skips our own first line", () => {
    expect(placeInStack("f@cell:7:3:9\n@app.js:1:1", "cell:7")).toEqual({ line: 2, column: 9 });
    expect(placeInStack("at cell:7:1:9\nat cell:7:4:2", "cell:7")).toEqual({ line: 3, column: 2 });
    expect(placeInStack("at cell:71:4:2", "cell:7")).toEqual(null);
  });

  it("is strict", () => {
    expect(evaluate(compile("(function() { return this; })()"))).toBe(undefined);
  });
});
