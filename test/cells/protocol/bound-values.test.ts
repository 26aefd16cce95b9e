import fc from "fast-check";
import { expect, test } from "vitest";
import { boundText, boundValues } from "../../../cells/protocol/bound-values.ts";
import type { SqlValue } from "../../../cells/protocol/host.ts";

const { value } = fc.letrec<{ readonly value: SqlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.bigInt(),
    fc.string({ unit: "grapheme" }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie("value")),
  ),
}));

test("bound values come back from their text", () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      expect(boundValues(boundText(values))).toEqual(values);
    }),
  );
});

test.each([
  "",
  "{}",
  "1",
  '[{"date": "yesterday"}]',
  '[{"bigint": "1.5"}]',
  '[{"bytes": "0"}]',
  '[{"a": "b"}]',
  "[{}]",
])("%s is no text of bound values", (text) => {
  expect(() => boundValues(text)).toThrow(/^params are no values that SQL can bind; give a JSON list/);
});
