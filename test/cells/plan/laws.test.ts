import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Workspace } from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { makePlan } from "../../../cells/plan/plan.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { workspaceOf, type Sketch } from "../graph/notebooks.ts";
import { FakeFacts } from "../staleness/fake-facts.ts";

/** A cell of a random notebook: which earlier cells it reads, whether it is a view, which text it has. */
interface Shape {
  readonly reads: readonly number[];
  readonly isView: boolean;
  readonly code: number;
}

/** What happens to it: a cell gets another text, or is materialized with some data. */
interface Happening {
  readonly cell: number;
  readonly code: number | null;
  readonly data: number;
}

const size = 6;
const shapes: fc.Arbitrary<readonly Shape[]> = fc.tuple(
  ...Array.from({ length: size }, (_, i) =>
    fc.record({
      reads: i === 0 ? fc.constant([]) : fc.uniqueArray(fc.integer({ min: 0, max: i - 1 }), { maxLength: 3 }),
      isView: fc.boolean(),
      code: fc.integer({ min: 0, max: 2 }),
    }),
  ),
);
const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    cell: fc.nat(size - 1),
    code: fc.option(fc.integer({ min: 0, max: 2 })),
    data: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 14 },
);

const keyOf = (cell: number) => AssetKey.of("n", `c${cell}`);

function toWorkspace(cells: readonly Shape[]): Workspace {
  return workspaceOf({
    "n.html": cells.map(({ reads, isView, code }, i): Sketch => {
      const from = reads.length > 0 ? ` from ${reads.map((read) => `c${read}`).join(", ")}` : "";
      return ["sql", `select ${code} as x${from}`, { output: `c${i}`, ...(isView ? { store: "view" } : {}) }];
    }),
  });
}

/** Everything about one materialization, spelled out: the slow reference keeps no hashes. */
type Record_ = { readonly made: string; readonly data: string };

/** The slow reference: the recipe of a cell as one text, with the data of stored inputs and the recipes of views in it. */
class Reference {
  readonly latest = new Map<number, Record_>();
  readonly all: Record_[] = [];
  cells: readonly Shape[];

  constructor(cells: readonly Shape[]) {
    this.cells = cells;
  }

  /** Null where a stored input has no data. */
  recipe(cell: number, data: (input: number) => string | null): string | null {
    const shape = this.cells[cell];
    if (!shape) return null;
    const inputs = shape.reads.map((read) => (this.cells[read]?.isView ? this.recipe(read, data) : data(read)));
    return inputs.includes(null) ? null : JSON.stringify([shape.code, shape.reads, inputs]);
  }

  recorded = (input: number): string | null => this.latest.get(input)?.data ?? null;

  sources(cell: number): readonly number[] {
    return (this.cells[cell]?.reads ?? []).flatMap((read) => (this.cells[read]?.isView ? this.sources(read) : [read]));
  }

  status(cell: number): string {
    if (this.cells[cell]?.isView) return "virtual";
    const latest = this.latest.get(cell);
    if (!latest) return "missing";
    const now = this.recipe(cell, this.recorded);
    // with an input wiped nothing is known against it but its own code; this history wipes nothing
    return now === latest.made ? "fresh" : "stale";
  }

  /** Assets (by number) to run, reuse or skip, when everything is asked for. */
  plan(): readonly string[] {
    const data = new Map<number, string | null>();
    return this.cells.flatMap(({ isView }, cell) => {
      if (isView) return [];
      const now = this.recipe(cell, (input) => data.get(input) ?? null);
      const latest = this.latest.get(cell);
      const hit = latest?.made === now ? latest : this.all.findLast((one) => one.made === now);
      data.set(cell, (now === null ? null : hit?.data) ?? null);
      return `${keyOf(cell)} ${now === null || !hit ? "run" : "reuse"}`;
    });
  }
}

function live(
  cells: readonly Shape[],
  history: readonly Happening[],
): { reference: Reference; facts: FakeFacts; workspace: Workspace } {
  const reference = new Reference(cells);
  const facts = new FakeFacts();
  for (const { cell, code, data } of history) {
    if (code !== null) {
      reference.cells = reference.cells.map((shape, i) => (i === cell ? { ...shape, code } : shape));
      continue;
    }
    const made = reference.recipe(cell, reference.recorded);
    if (reference.cells[cell]?.isView || made === null) continue;
    const record = { made, data: `${cell}:${data}` };
    reference.latest.set(cell, record);
    reference.all.push(record);
    facts.materialize(toWorkspace(reference.cells), keyOf(cell), record.data);
  }
  return { reference, facts, workspace: toWorkspace(reference.cells) };
}

describe("laws of staleness and plan, against a slow reference", () => {
  // the edges of these graphs never change, so that a wrong "code" cannot hide behind a changed dependency
  it("status, and what is affected", () => {
    fc.assert(
      fc.property(shapes, happenings, (cells, history) => {
        const { reference, facts, workspace } = live(cells, history);
        const staleness = stalenessOf(workspace, facts);
        const all = cells.map((_, i) => i);
        const status = all.map((cell) => reference.status(cell));
        expect(all.map((cell) => staleness.get(keyOf(cell))?.status)).toEqual(status);
        const isBehind = (cell: number): boolean =>
          reference.sources(cell).some((source) => status[source] !== "fresh" || isBehind(source));
        expect(all.map((cell) => (staleness.get(keyOf(cell))?.affectedBy.length ?? 0) > 0)).toEqual(all.map(isBehind));
        for (const cell of all)
          if (status[cell] === "stale") expect(staleness.get(keyOf(cell))?.causes.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it("a plan of everything runs, reuses and skips as the reference does", () => {
    fc.assert(
      fc.property(shapes, happenings, (cells, history) => {
        const { reference, facts, workspace } = live(cells, history);
        const { steps } = makePlan({ workspace, facts, keys: null });
        const places = new Map(steps.map((step, i) => [step.key, i]));
        for (const step of steps)
          for (const source of workspace.assets.get(step.key)?.sources ?? [])
            if (source.type === "asset" && places.has(source.key))
              expect(places.get(source.key)).toBeLessThan(places.get(step.key) ?? -1);
        expect(steps.map((step) => `${step.key} ${step.action}`).toSorted()).toEqual(reference.plan().toSorted());
      }),
      { numRuns: 300 },
    );
  });

  it("once a plan of everything is carried out, everything is fresh", () => {
    fc.assert(
      fc.property(shapes, happenings, (cells, history) => {
        const { facts, workspace } = live(cells, history);
        for (const step of makePlan({ workspace, facts, keys: null }).steps)
          if (step.action === "run" || !step.reason.startsWith("up to date"))
            facts.materialize(workspace, step.key, `${step.key}!`);
        expect(
          new Set(
            [...stalenessOf(workspace, facts).values()]
              .map(({ status }) => status)
              .filter((status) => status !== "virtual"),
          ),
        ).toEqual(new Set(cells.every(({ isView }) => isView) ? [] : ["fresh"]));
      }),
      { numRuns: 100 },
    );
  });
});
