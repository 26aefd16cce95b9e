import type { EngineCalls, Limits } from "../engine/messages.ts";
import { AppError } from "../../cells/errors.ts";
import type { Resources, ResourceSession } from "../resources/resources.ts";
import type { Engine, EnginePool } from "./engine.ts";

// an idle reader costs memory, a new one costs 150 ms
const idleMs = 20_000;

/** An engine, and the resources that it may ask. */
interface Opened {
  readonly engine: Engine;
  readonly resources: ResourceSession;
}

/**
 * Answers questions in a process of their own, which no run waits for: pages of stored rows, queries of people, exports, and what
 * cells in a page ask of resources.
 */
export class Reader {
  readonly #pool: EnginePool;
  readonly #lakeFolder: string;
  readonly #scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly #limits: Limits;
  readonly #resources: Resources;
  #engine: Promise<Opened> | null = null;
  #idle: NodeJS.Timeout | undefined;
  #busy = 0;

  constructor(parts: {
    readonly pool: EnginePool;
    readonly lakeFolder: string;
    readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
    readonly limits: Limits;
    readonly resources: Resources;
  }) {
    this.#pool = parts.pool;
    this.#lakeFolder = parts.lakeFolder;
    this.#scratch = parts.scratch;
    this.#limits = parts.limits;
    this.#resources = parts.resources;
  }

  /** The folder that exports are written to. */
  async staging(): Promise<string> {
    return (await this.#scratch("reader")).staging;
  }

  /** Asks the reader's engine; a process that dies over a question fails that question alone. */
  async ask<T>(question: (calls: EngineCalls, resources: ResourceSession) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#busy++;
    try {
      const { engine, resources } = await (this.#engine ??= this.#begin());
      const gone = engine.died.then((reason): never => {
        throw new AppError(
          "runner_died",
          `the process that reads stored data ended: ${reason}; ask again, for less data if it happens again`,
        );
      });
      gone.catch(() => undefined);
      return await Promise.race([question(engine.calls, resources), gone]);
    } finally {
      this.#busy--;
      if (this.#busy === 0) {
        this.#idle = setTimeout(() => this.close(), idleMs);
        this.#idle.unref();
      }
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    void this.#engine?.then(
      ({ engine }) => engine.kill(),
      () => undefined,
    );
    this.#engine = null;
  }

  /** An engine that is forgotten once it is gone, unless another took its place meanwhile. */
  #begin(): Promise<Opened> {
    const opening = this.#open();
    const forget = () => {
      if (this.#engine === opening) this.#engine = null;
    };
    opening.then(({ engine }) => engine.died.then(forget), forget);
    return opening;
  }

  async #open(): Promise<Opened> {
    const folders = await this.#scratch("reader");
    const engine = await this.#pool.acquire({ readable: [this.#lakeFolder], ...folders, limits: this.#limits });
    const resources = this.#resources.open(folders.temporary);
    engine.onAsk(({ notebook, resource, question }, signal) => resources.ask(notebook, resource, question, signal));
    void engine.died.then(() => resources.close());
    return { engine, resources };
  }
}
