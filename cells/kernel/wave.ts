import { RuntimeError, type Runtime, type Variable } from "@observablehq/runtime";
import { begin, compute, fail } from "./compute.ts";

/**
 * One turn of the runtime in place of its own: generators that wait advance, then every reachable variable that was
 * changed is computed, and all that reads it, inputs first. Where the runtime makes about eight promises for each
 * variable, a variable whose inputs are known is computed with a call.
 */
export async function runTurn(runtime: Runtime): Promise<void> {
  const pulls = runtime._precomputes;
  if (pulls.length > 0) {
    runtime._precomputes = [];
    for (const pull of pulls) pull();
    // a generator that gives a value at once does so before its readers are computed
    await microtasks(4);
  }
  updateReachability(runtime);
  const members = membersOf(runtime._updates);
  runtime._computing = null;
  runtime._updates.clear();
  runtime._dirty.clear();
  // all of them wait before the first one runs, as observers know it
  const { order, versions } = beginAll(members);
  for (const [index, variable] of order.entries()) compute(variable, versions[index] ?? NaN);
}

/** Resolves after so many turns of the microtask queue. */
export async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

/** Finds which variables an observer sees, directly or not: who no longer is stops, who newly is shall be computed. */
function updateReachability({ _dirty: dirty, _updates: updates }: Runtime): void {
  const variables = new Set(dirty);
  for (const variable of variables) {
    const reachable = isReachable(variable);
    if (reachable === variable._reachable) continue;
    variable._reachable = reachable;
    if (reachable) updates.add(variable);
    else variable._invalidate();
    for (const input of variable._inputs) variables.add(input);
  }
}

function isReachable(variable: Variable): boolean {
  if (isObserved(variable)) return true;
  const readers = new Set(variable._outputs);
  for (const reader of readers) {
    if (isObserved(reader)) return true;
    for (const next of reader._outputs) readers.add(next);
  }
  return false;
}

function isObserved({ _observer: observer }: Variable): boolean {
  // the runtime has a symbol for none
  return typeof observer !== "symbol";
}

/** The reachable variables among these and all that read them, each with the number of its inputs in the wave. */
function membersOf(changed: Iterable<Variable>): readonly Variable[] {
  const members: Variable[] = [];
  for (const variable of changed) {
    if (!variable._reachable) continue;
    variable._indegree = 0;
    members.push(variable);
  }
  for (let i = 0; i < members.length; i++) {
    for (const reader of members[i]?._outputs ?? []) {
      if (!reader._reachable) continue;
      if (Number.isNaN(reader._indegree)) {
        reader._indegree = 0;
        members.push(reader);
      }
      reader._indegree++;
    }
  }
  return members;
}

interface Wave {
  readonly order: readonly Variable[];
  readonly versions: readonly number[];
}

/** Sorts the members of a wave, inputs first, and says to each that it waits. Those of a cycle fail. */
function beginAll(members: readonly Variable[]): Wave {
  const order = members.filter(({ _indegree }) => _indegree === 0);
  const versions: number[] = [];
  const pass = (variable: Variable): void => {
    variable._indegree = NaN;
    for (const reader of variable._outputs) if (--reader._indegree === 0) order.push(reader);
  };
  for (let rest = members; rest.length > 0; rest = rest.filter(({ _indegree }) => _indegree > 0)) {
    const circular = rest === members ? [] : rest.filter(isCircular);
    // none of them may come to the order because another of them was taken out
    for (const variable of circular) variable._indegree = NaN;
    for (const variable of circular) {
      fail(variable, new RuntimeError("circular definition"));
      pass(variable);
    }
    for (let i = versions.length; i < order.length; i++) {
      const variable = order[i];
      if (variable === undefined) break;
      versions.push(begin(variable));
      pass(variable);
    }
  }
  return { order, versions };
}

function isCircular(variable: Variable): boolean {
  const inputs = new Set(variable._inputs);
  for (const input of inputs) {
    if (input === variable) return true;
    for (const next of input._inputs) inputs.add(next);
  }
  return false;
}
