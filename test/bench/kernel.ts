import { Runtime, type Variable } from "@observablehq/runtime";
import type { CompiledCell } from "../../cells/compile/compiled-cell.ts";
import { emptyCell } from "../../cells/compile/empty-cell.ts";
import { noDisplay } from "../../cells/kernel/environment.ts";
import { Kernel } from "../../cells/kernel/kernel.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";

/** One figure: lower quartiles in milliseconds, taken in turns in the same process: a busy machine only adds. */
export interface KernelBench {
  readonly name: string;
  readonly ours: number;
  readonly bare: number;
  /** ours / bare */
  readonly ratio: number;
}

type Graph = "chain" | "fan-out" | "random";

/**
 * Time of one recompute of every cell after the first changed: our kernel against bare `@observablehq/runtime` with the
 * same bodies, one variable a cell (notebook-kit has two).
 */
export async function benchKernel({ rounds = 40 } = {}): Promise<readonly KernelBench[]> {
  const results: KernelBench[] = [];
  for (const count of [1_000, 10_000])
    for (const graph of ["chain", "fan-out", "random"] as const) results.push(await measure(graph, count, rounds));
  return results;
}

async function measure(graph: Graph, count: number, rounds: number): Promise<KernelBench> {
  const inputs = inputsOf(graph, count);
  const ours = await startKernel(inputs);
  const bare = await startRuntime(inputs);
  const times: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  // the first rounds warm the engine up
  for (let round = -20; round < rounds; round++) {
    const first = round % 2 === 0 ? ours : bare;
    for (const subject of [first, first === ours ? bare : ours]) {
      const start = performance.now();
      await subject(round + 100);
      const ms = performance.now() - start;
      if (round >= 0) times[subject === ours ? "ours" : "bare"].push(ms);
    }
  }
  const [mine, theirs] = [quartile(times.ours), quartile(times.bare)];
  return { name: `recompute ${count} cells, ${graph}`, ours: mine, bare: theirs, ratio: mine / theirs };
}

/** A function that sets the root and resolves when the last cell has followed. */
type Subject = (root: number) => Promise<void>;

async function startKernel(inputs: readonly (readonly number[])[]): Promise<Subject> {
  let settled = (): void => {};
  const kernel = new Kernel({
    host: {
      query: refuse,
      rows: refuse,
      put: refuse,
      asset: refuse,
      file: refuse,
      log() {},
    },
    environment: { libraries: {} },
    display: noDisplay,
    onEvent: (event) => {
      if (event.type === "settled") settled();
    },
  });
  const wait = (): Promise<void> => new Promise((resolve) => (settled = resolve));
  const cells = inputs.map((names, id) => cellOf(id, names, `${names.map((name) => `c${name}`).join(" + ") || 0} + 1`));
  kernel.define({ cells, removed: [] });
  await wait();
  return (root) => {
    const done = wait();
    kernel.define({ cells: [cellOf(0, [], String(root))], removed: [] });
    return done;
  };
}

async function startRuntime(inputs: readonly (readonly number[])[]): Promise<Subject> {
  const runtime = new Runtime({}, () => undefined);
  const module = runtime.module();
  let left = 0;
  let finished = (): void => {};
  const observer = {
    pending: () => void left++,
    fulfilled: () => {
      if (--left === 0) finished();
    },
  };
  const wait = (): Promise<void> => new Promise((resolve) => (finished = resolve));
  const variables = inputs.map((names, id): Variable => {
    const { compiled } = cellOf(id, names, `${names.map((name) => `c${name}`).join(" + ") || 0} + 1`);
    const body = functionOf(compiled);
    const name = `c${id}`;
    const parameters = compiled.inputs.map((input) => input.name);
    return module.variable(observer).define(name, parameters, (...values) => Reflect.get(body(...values), name));
  });
  await wait();
  return (root) => {
    const done = wait();
    variables[0]?.define("c0", [], () => root);
    return done;
  };
}

function functionOf({ body }: CompiledCell): (...values: readonly unknown[]) => object {
  return indirectEval(`"use strict";(${body})`) as (...values: readonly unknown[]) => object;
}

const { eval: indirectEval } = globalThis;

function inputsOf(graph: Graph, count: number): readonly (readonly number[])[] {
  // a linear congruential generator: the same graph every time
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  return Array.from({ length: count }, (_, id) => {
    if (id === 0) return [];
    if (graph === "chain") return [id - 1];
    return graph === "fan-out" ? [0] : [...new Set([0, random(id), random(id)])];
  });
}

function cellOf(id: number, names: readonly number[], expression: string): KernelCell {
  const parameters = names.map((name) => `c${name}`);
  const compiled: CompiledCell = {
    ...emptyCell(id, "js"),
    inputs: parameters.map((name) => ({ name, spans: [] })),
    outputs: [{ name: `c${id}`, spans: [] }],
    body: `(${parameters.join(", ")}) => {\nconst c${id} = ${expression};\nreturn {c${id}};}`,
  };
  return { compiled, tables: [], imports: {}, run: "auto" };
}

async function refuse(): Promise<never> {
  throw new Error("the benchmark asks its host for nothing");
}

function quartile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? NaN;
}
