import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { Clock } from "../clock.ts";
import type { Limits, MaterializeRequest, OpenNotebook } from "../engine/messages.ts";
import type { Resources } from "../resources/resources.ts";
import type { EnginePool } from "./engine.ts";

/** What a cell is evaluated with. */
export interface EvaluationParts {
  readonly pool: EnginePool;
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** A cell whose value is wanted, and nothing kept of it. */
export interface Evaluation {
  /** begins the name of its folders */
  readonly purpose: string;
  readonly notebook: Omit<OpenNotebook, "needsKernel">;
  readonly value: Pick<MaterializeRequest, "asset" | "cell" | "name" | "inputs" | "files">;
  /** paths that it may read */
  readonly readable: readonly string[];
  /** those that its cells may ask; none where they are left out */
  readonly resources?: Resources;
  readonly timeoutMs: number;
  /** ends it, beside its time */
  readonly stop?: AbortSignal;
  /** sentences for its errors */
  readonly sayLate: string;
  readonly sayDied: (reason: string) => string;
}

/**
 * Evaluates a cell in the kernel child of an engine that is ended with it: its value as JSON text. Throws what the cell threw,
 * `cell_timeout`, `runner_died`, and `value_not_storable` where JSON cannot hold what it gave.
 */
export async function evaluate(
  { pool, scratch, limits, clock }: EvaluationParts,
  { purpose, notebook, value, readable, resources, timeoutMs, stop, sayLate, sayDied }: Evaluation,
): Promise<string> {
  const folders = await scratch(`${purpose}-${randomUUID()}`);
  const removeFolders = () =>
    Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true, force: true })));
  const limit = new AbortController();
  const stopClock = clock.wake(clock.now() + timeoutMs, () => limit.abort());
  const signal = stop === undefined ? limit.signal : AbortSignal.any([stop, limit.signal]);
  try {
    signal.throwIfAborted();
    const engine = await pool.acquire({ readable, ...folders, limits }, true);
    const session = resources?.open(folders.temporary);
    if (session !== undefined)
      engine.onAsk(({ notebook: asking, resource, question }, asked) => session.ask(asking, resource, question, asked));
    const onAbort = () => engine.kill();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const target = join(folders.staging, "value.json");
      const gone = engine.died.then((reason): never => {
        throw new AppError("runner_died", sayDied(reason));
      });
      gone.catch(() => undefined);
      const work = async () => {
        await engine.calls.notebook({ ...notebook, needsKernel: true }, signal);
        await engine.calls.materialize({ ...value, store: "json", partition: null, target, metadata: {} }, signal);
      };
      await Promise.race([work(), gone]);
      return await readFile(target, "utf8");
    } finally {
      signal.removeEventListener("abort", onAbort);
      session?.close();
      engine.kill();
      await engine.died;
    }
  } catch (error) {
    if (limit.signal.aborted && stop?.aborted !== true) throw new AppError("cell_timeout", sayLate, { cause: error });
    throw error;
  } finally {
    stopClock();
    await removeFolders();
  }
}
