import { Runtime, type Module, type Variable } from "@observablehq/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRuntime } from "../../../cells/kernel/define.ts";

/** What a cell of a made-up notebook does with the sum of its inputs. */
type Body = "value" | "promise" | "late" | "throws" | "rejects" | "stream";
interface Cell {
  readonly inputs: readonly number[];
  readonly body: Body;
  readonly add: number;
}

const bodies: readonly Body[] = ["value", "value", "value", "promise", "late", "throws", "rejects", "stream"];
const size = 12;

const cell = (id: number): fc.Arbitrary<Cell> =>
  fc.record({
    // inputs may come later and close a cycle, or be a name that nobody defines
    inputs: fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: fc.nat(Math.max(0, id - 1)) }, fc.nat(size)), {
      maxLength: 3,
    }),
    body: fc.constantFrom(...bodies),
    add: fc.integer({ min: -3, max: 3 }),
  });
const notebook = fc.tuple(...Array.from({ length: size }, (_, id) => cell(id)));
const edits = fc.array(fc.tuple(fc.nat(size - 1), cell(size - 1), fc.nat(6)), { maxLength: 6 });

test(
  "turns of ours come to what the runtime's come to, through edits while cells run",
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(notebook, edits, async (cells, changes) => {
        const ours = createRuntime({
          builtins: {},
          resolve: () => undefined,
          frame: () => new Promise((resolve) => setImmediate(resolve)),
          onTurn() {},
        });
        const bare = new Runtime({}, (name) => {
          throw new Error(`${name} is not defined`);
        });
        const [got, wanted] = [await play(ours, cells, changes), await play(bare, cells, changes)];
        expect(got).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  },
);

/** Defines the cells, changes some of them with so many microtasks between, and tells what all come to. */
async function play(
  runtime: Runtime,
  cells: readonly Cell[],
  changes: readonly (readonly [number, Cell, number])[],
): Promise<readonly unknown[]> {
  const module = runtime.module();
  const told: unknown[] = cells.map(() => "nothing");
  const variables = cells.map((_, id) =>
    module.variable({
      fulfilled: (value) => void (told[id] = { value }),
      // which of several inputs that fail is named is a matter of time
      rejected: () => void (told[id] = "an error"),
    }),
  );
  for (const [id, each] of cells.entries()) define(variables[id], id, each);
  for (const [id, changed, wait] of changes) {
    for (let i = 0; i < wait; i++) await null;
    if (wait === 6) await quiet();
    define(variables[id], id, changed);
  }
  for (let i = 0; i < 3; i++) await quiet();
  await agree(module, told);
  runtime.dispose();
  return told;
}

function define(variable: Variable | undefined, id: number, { inputs, body, add }: Cell): void {
  variable?.define(
    `c${id}`,
    inputs.map((input) => `c${input}`),
    (...values) => {
      const sum = values.reduce<number>((total, value) => total + Number(value), add);
      switch (body) {
        case "value":
          return sum;
        case "promise":
          return Promise.resolve(sum);
        case "late":
          return new Promise((resolve) => setImmediate(() => resolve(sum)));
        case "throws":
          if (sum % 3 === 0) throw new Error(`c${id} fails`);
          return sum;
        case "rejects":
          return sum % 3 === 0 ? Promise.reject(new Error(`c${id} rejects`)) : Promise.resolve(sum);
        case "stream":
          return counting(sum);
      }
    },
  );
}

function* counting(from: number): Generator<number> {
  yield from;
  yield from + 1;
  yield from + 2;
}

/** What a reader of the runtime is given is what observers were told. */
async function agree(module: Module, told: readonly unknown[]): Promise<void> {
  for (const [id, known] of told.entries()) {
    const read = await module.value(`c${id}`).then(
      (value) => ({ value }),
      () => "an error",
    );
    expect([id, read]).toEqual([id, known]);
  }
}

/** Lets all that is under way come to its end: a chain of the longest length, each cell late by a turn of the loop. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 4 * size; i++) await new Promise((resolve) => setImmediate(resolve));
}
