import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Engine } from "./engine.ts";

/** The folders that one run at a time works in, and the engine that the run before left there. */
export interface Slot {
  /** names the folders */
  readonly name: string;
  readonly left: OpenedEngine | null;
}

/** An engine that did what it was asked and has none of anybody's JavaScript in it. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** what it was opened with, versions of files included: a run that needs anything else has another */
  readonly opening: string;
  /** runs that it was used by */
  readonly runs: number;
}

type Scratch = (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;

const idleMs = 10_000;
// what DuckDB keeps of memory, and what is left in its folders, ends with it
const mostRuns = 200;

/**
 * Keeps the engine of a run of SQL for the next one: a process costs 150 ms, its use 5. Runs at the same time have slots of their own,
 * and none can write where another stages.
 */
export class Slots {
  readonly #scratch: Scratch;
  readonly #idle: { readonly slot: Slot; readonly expiry: NodeJS.Timeout }[] = [];
  readonly #removing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** The slot that was left last, else a new one. */
  take(): Slot {
    const last = this.#idle.pop();
    if (last === undefined) return { name: randomUUID(), left: null };
    clearTimeout(last.expiry);
    return last.slot;
  }

  /** Gives a slot back, with its engine where the next run may have it. Without, its folders go once `died` says so. */
  leave(name: string, left: OpenedEngine | null, died: Promise<unknown>): void {
    if (left === null || left.runs >= mostRuns || this.#isClosed) {
      left?.engine.kill();
      this.#remove(name, died);
      return;
    }
    const expiry = setTimeout(() => this.#end(name), idleMs);
    expiry.unref();
    this.#idle.push({ slot: { name, left }, expiry });
    void left.engine.died.then(() => this.#end(name));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { slot } of [...this.#idle]) this.#end(slot.name);
    await Promise.all(this.#removing);
  }

  #end(name: string): void {
    const at = this.#idle.findIndex(({ slot }) => slot.name === name);
    const [found] = at === -1 ? [] : this.#idle.splice(at, 1);
    if (found === undefined) return;
    clearTimeout(found.expiry);
    found.slot.left?.engine.kill();
    this.#remove(name, found.slot.left?.engine.died ?? Promise.resolve());
  }

  #remove(name: string, died: Promise<unknown>): void {
    const removed = died
      .then(() => this.#scratch(name))
      .then(async ({ staging, temporary }) => {
        for (const folder of [staging, temporary]) await rm(folder, { recursive: true, force: true });
      })
      .catch(() => undefined)
      .finally(() => this.#removing.delete(removed));
    this.#removing.add(removed);
  }
}
