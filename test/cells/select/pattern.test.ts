import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex } from "../../../cells/select/regex.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { compileWildcard } from "../../../cells/select/wildcard.ts";

describe("regular expressions", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "/",
    ".",
    "^",
    "$",
    "\\d",
    "\\w",
    "[ab]",
    "[^a]",
    "[a-c]",
    "(a|b)",
    "(?:ab)",
    "(ab|)",
    "|",
  );
  const quantifier = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?");
  const sources = fc
    .array(fc.tuple(piece, quantifier), { maxLength: 6 })
    .map((parts) => parts.map(([of, count]) => (/^[|^$]$/.test(of) ? of : of + count)).join(""));

  it("find what JavaScript's find", () => {
    fc.assert(
      fc.property(sources, fc.stringMatching(/^[abc/1]{0,8}$/), (source, text) => {
        const regex = compileRegex(source);
        expect("test" in regex && regex.test(text)).toBe(new RegExp(source).test(text));
      }),
      { numRuns: 5000 },
    );
  });

  it("are never slow, where JavaScript's would not end", () => {
    const took = cpuMs(() => {
      for (const source of ["(a+)+$", "(a|a)*b", "(.*)*x", "a*a*a*a*a*a*a*b"]) {
        const regex = compileRegex(source);
        expect("test" in regex && regex.test("a".repeat(2000) + "!")).toBe(false);
      }
    });
    expect(took).toBeLessThan(500);
  });

  it.each([
    ["(a", 0, "this ( is not closed; write ) at its end"],
    ["a)", 1, "this ) closes nothing; write \\) if it is meant"],
    ["*a", 0, "nothing to repeat before *; write \\* if it is meant"],
    ["a**", 2, "nothing to repeat before *; put it in ( )"],
    ["(?=a)", 0, "look-around and names are not supported; write (…)"],
    ["(a)\\1", 3, "\\1 is not supported; leave the \\ out for the letter"],
    ["[a", 0, "this [ is not closed; write ] at its end"],
    ["(a{99}){99}", 0, "this regular expression repeats too much; use smaller numbers in { }"],
    ["((){9999}){9999}", null, null],
  ])("%s", (source, offset, problem) => {
    const regex = compileRegex(source);
    expect(
      "problem" in regex ? { offset: regex.offset, problem: regex.problem } : { offset: null, problem: null },
    ).toEqual({ offset, problem });
  });
});

describe("wildcards", () => {
  it("match as .* does", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*]{0,8}$/), fc.stringMatching(/^[ab]{0,10}$/), (pattern, text) => {
        expect(compileWildcard(pattern)(text)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
      }),
      { numRuns: 5000 },
    );
  });
});
