import type { EngineCalls, Limits } from "../engine/messages.ts";
import { AppError } from "../../cells/errors.ts";
import type { Engine, EnginePool } from "./engine.ts";

// an idle reader costs memory, a new one costs 150 ms
const idleMs = 20_000;

/** Answers questions about stored data in a process of their own: pages of rows, queries of people, exports. */
export class Reader {
  readonly #pool: EnginePool;
  readonly #lakeFolder: string;
  readonly #scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly #limits: Limits;
  #engine: Promise<Engine> | null = null;
  #idle: NodeJS.Timeout | undefined;
  #busy = 0;

  constructor(parts: {
    readonly pool: EnginePool;
    readonly lakeFolder: string;
    readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
    readonly limits: Limits;
  }) {
    this.#pool = parts.pool;
    this.#lakeFolder = parts.lakeFolder;
    this.#scratch = parts.scratch;
    this.#limits = parts.limits;
  }

  /** The folder that exports are written to. */
  async staging(): Promise<string> {
    return (await this.#scratch("reader")).staging;
  }

  /** Asks the reader's engine; a process that dies over a question fails that question alone. */
  async ask<T>(question: (calls: EngineCalls) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#busy++;
    try {
      const engine = await (this.#engine ??= this.#begin());
      const gone = engine.died.then((reason): never => {
        throw new AppError(
          "runner_died",
          `the process that reads stored data ended: ${reason}; ask again, for less data if it happens again`,
        );
      });
      gone.catch(() => undefined);
      return await Promise.race([question(engine.calls), gone]);
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
      (engine) => engine.kill(),
      () => undefined,
    );
    this.#engine = null;
  }

  /** An engine that is forgotten once it is gone, unless another took its place meanwhile. */
  #begin(): Promise<Engine> {
    const opening = this.#open();
    const forget = () => {
      if (this.#engine === opening) this.#engine = null;
    };
    opening.then((engine) => engine.died.then(forget), forget);
    return opening;
  }

  async #open(): Promise<Engine> {
    return this.#pool.acquire({
      readable: [this.#lakeFolder],
      ...(await this.#scratch("reader")),
      limits: this.#limits,
    });
  }
}
