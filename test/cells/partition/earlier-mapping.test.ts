import fc from "fast-check";
import { expect, test } from "vitest";
import { backfillSteps } from "../../../cells/partition/backfill.ts";
import { readsEarlier } from "../../../cells/partition/earlier-mapping.ts";
import { bindMapping } from "../../../cells/partition/mapping.ts";
import { parsePartitionMapping } from "../../../cells/partition/parse-mapping.ts";
import { fullSubset, keysIn, subsetOf } from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

const definitions = [
  "daily from=2024-01-20",
  "daily from=2024-01-20 exclude=2024-01-23",
  "static a b c d",
  "day: daily from=2024-01-28; region: static eu us",
];
const offsets = fc
  .tuple(fc.integer({ min: -4, max: 1 }), fc.integer({ min: -4, max: 1 }))
  .map(([a, b]) => `offset ${Math.min(a, b)}..${Math.max(a, b)}`);
const simple = fc.oneof(
  offsets,
  fc.constantFrom("all", "same", "latest", "last 1", "last 3", "window"),
  fc.constantFrom("map a=b", "map a=b b=c c=d", "map b=a", "map a=c a=d", "map a=a"),
);
const mappings = fc.oneof(
  simple,
  simple.map((text) => `${text} allow missing`),
  fc
    .tuple(offsets, fc.constantFrom("same", "all", ""))
    .map(([day, region]) => `dimensions day ${day}, region ${region}`),
  offsets.map((day) => `dimensions day ${day}`),
);

test("a mapping that reads what is earlier alone leads to an order of all partitions, in which each stands behind what it reads", () => {
  let seen = 0;
  fc.assert(
    fc.property(fc.constantFrom(...definitions), mappings, (definition, text) => {
      const space = spaceOf(definition);
      const mapping = parsePartitionMapping(text);
      fc.pre(space.definition !== null && readsEarlier(mapping, space.definition));
      seen++;
      const edge = bindMapping(mapping, space, space);
      const steps = backfillSteps(
        [{ key: "a", space, inputs: [{ key: "a", mapping }] }],
        new Map([["a", fullSubset(space)]]),
      );
      const done = new Set<string>();
      for (const { subset } of steps) {
        const keys = [...keysIn(subset)];
        for (const key of keys)
          for (const read of keysIn(edge.upstreamOf(subsetOf(space, [key])).subset)) expect(done.has(read)).toBe(true);
        for (const key of keys) done.add(key);
      }
      expect([...done].sort()).toEqual([...keysIn(fullSubset(space))].sort());
    }),
    { numRuns: 300 },
  );
  expect(seen).toBeGreaterThan(30);
});

test("one by which a partition reads itself is none", () => {
  fc.assert(
    fc.property(fc.constantFrom(...definitions.slice(0, 3)), simple, (definition, text) => {
      const space = spaceOf(definition);
      const mapping = parsePartitionMapping(text);
      fc.pre(space.definition !== null && readsEarlier(mapping, space.definition));
      const edge = bindMapping(mapping, space, space);
      for (const key of keysIn(fullSubset(space)))
        expect([...keysIn(edge.upstreamOf(subsetOf(space, [key])).subset)]).not.toContain(key);
    }),
  );
});
