import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { selectKey, type Route } from "../../../src/shell/route.ts";
import { formatRoute, parseRoute } from "../../../src/shell/router.ts";
import { hasControlCharacter } from "../../../cells/model/control-character.ts";
import { parseSelection } from "../../../cells/select/parse.ts";

const segment = fc
  .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((text) => !hasControlCharacter(text) && !/[\\/]|^\.{1,2}$/.test(text) && text.isWellFormed());
const path = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"))
  .filter((text) => !text.endsWith(".html") && text.length <= 190);
const text = (most: number) =>
  fc
    .string({ minLength: 1, maxLength: most, unit: "grapheme" })
    .filter((value) => value.isWellFormed() && value.length <= most);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const number = fc.integer({ min: -99_999_999, max: 99_999_999 }).map((value) => value / 1000);
const look = {
  focus: orNull(text(100)),
  view: orNull(
    fc.record({ x: number, y: number, scale: fc.integer({ min: 1, max: 99_999 }).map((value) => value / 1000) }),
  ),
  as: fc.constantFrom("graph", "list"),
} as const;
const run = fc.stringMatching(/^[\w-]{1,64}$/);

const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ type: "home" } as const),
  fc.record({
    type: fc.constant("notebook" as const),
    path: path.map((value) => `${value}.html`),
    cell: orNull(fc.nat()),
  }),
  fc.record({
    type: fc.constant("lineage" as const),
    select: fc.string({ maxLength: 200, unit: "grapheme" }).filter((value) => value.isWellFormed()),
    run: orNull(run),
    ...look,
  }),
  fc.record({ type: fc.constant("runs" as const), before: orNull(fc.nat()) }),
  fc.record({ type: fc.constant("run" as const), id: run, step: orNull(text(100)) }),
  fc.record({
    type: fc.constant("asset" as const),
    key: path.filter((value) => value.includes("/")),
    partition: orNull(text(50)),
  }),
  fc.constant({ type: "shares" } as const),
  fc.record({ type: fc.constant("shared" as const), ...look }),
);

describe("address and route", () => {
  test("an address is read back as the route that it was written for", () => {
    fc.assert(
      fc.property(routes, (route) => {
        const url = formatRoute(route);
        expect(parseRoute(url)).toEqual(route);
        // what a browser makes of it is the same, and of this origin
        const seen = new URL(url, "http://127.0.0.1:4400");
        expect(seen.origin).toBe("http://127.0.0.1:4400");
        expect(parseRoute(seen.pathname + seen.search)).toEqual(route);
      }),
      { numRuns: 2000 },
    );
  });

  test("any text is read without an exception, and what is read stays on this origin", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webPath(), fc.webQueryParameters()).map((value) => `/${value}`),
        (url) => {
          const route = parseRoute(url);
          if (route.type !== "invalid") expect(formatRoute(route)).toMatch(/^\/(?!\/)/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const cases: readonly (readonly [url: string, route: Route])[] = [
    ["/", { type: "home" }],
    ["/?next=//evil.example&x=javascript:1", { type: "home" }],
    ["/n/sales", { type: "notebook", path: "sales.html", cell: null }],
    ["/n/sales.html?cell=3", { type: "notebook", path: "sales.html", cell: 3 }],
    ["/n/team/sales%2Ev2", { type: "notebook", path: "team/sales.v2.html", cell: null }],
    [
      "/n/sales?cell=x",
      { type: "invalid", url: "/n/sales?cell=x", column: 15, problem: 'cell is a whole number, not "x"' },
    ],
    [
      "/n/../secret",
      { type: "invalid", url: "/n/../secret", column: 4, problem: '"../secret" is no name of a notebook' },
    ],
    [
      "/n/%2e%2e/secret",
      { type: "invalid", url: "/n/%2e%2e/secret", column: 4, problem: '"../secret" is no name of a notebook' },
    ],
    [
      "/n/100%",
      { type: "invalid", url: "/n/100%", column: 7, problem: "a percent sign is not followed by what it encodes" },
    ],
    ["/nowhere", { type: "invalid", url: "/nowhere", column: 2, problem: "there is no such page" }],
    [
      "/assets/orders",
      {
        type: "invalid",
        url: "/assets/orders",
        column: 9,
        problem: '"orders" is no asset key; it is written notebook/name',
      },
    ],
    [
      "/lineage?select=%2Borders%2B&__proto__=1&constructor=2",
      { type: "lineage", select: "+orders+", run: null, focus: null, view: null, as: "graph" },
    ],
    [
      "/lineage?select=%3Csvg+onload%3Dalert(1)%3E",
      { type: "lineage", select: "<svg onload=alert(1)>", run: null, focus: null, view: null, as: "graph" },
    ],
    [
      "/lineage?view=1,2,0",
      {
        type: "invalid",
        url: "/lineage?view=1,2,0",
        column: 15,
        problem: 'view is x,y,scale with a scale above 0, not "1,2,0"',
      },
    ],
    [
      "/lineage?run=../x",
      { type: "invalid", url: "/lineage?run=../x", column: 14, problem: '"../x" is no id of a run' },
    ],
  ];
  test.each(cases)("%s", (url, route) => expect(parseRoute(url)).toEqual(route));

  test("an address or a selection that is too long is refused with the limit, not cut", () => {
    expect(parseRoute(`/lineage?select=${"a".repeat(70_000)}`)).toMatchObject({
      type: "invalid",
      problem: "the address has 70016 characters, and at most 8192 are read",
    });
    expect(parseRoute(`/lineage?select=${"a".repeat(5_000)}`)).toMatchObject({
      type: "invalid",
      column: 17,
      problem: "select has 5000 characters, and at most 4096 are read",
    });
  });

  test("a key is selected as itself, whatever is in it", () => {
    for (const key of ["sales/orders", "a-b/c", "x y/z", 'q"uo\\te/z', "and/or"]) {
      const selection = parseSelection(selectKey(key));
      expect(selection).toEqual({ type: "key", pattern: key });
    }
  });
});
