import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import type { AskResource, ResourceReply } from "../resources/resource.ts";
import type { EngineCalls, EngineEvent, OpenEngine, PrepareKernel } from "../engine/messages.ts";
import { childChannel } from "../child-process/child-channel.ts";
import type { Engine, EnginePool } from "./engine.ts";
import { type Confined, spawnConfined } from "../child-process/spawn.ts";

/** How a pool behaves. Times in milliseconds. */
export interface EnginePoolOptions {
  /** a process that waits for its use costs 60 MB: it goes after this long without one; with 0 there is none */
  readonly spareMs?: number;
  /** what an engine process may allocate, reserved and unused memory with it; RAM is watched by itself */
  readonly dataBytes?: number;
}

/** A process that has started and is not opened yet. */
interface Fresh {
  readonly confined: Confined;
  readonly peer: Peer;
  readonly ready: Promise<void>;
  readonly listeners: Set<(event: EngineEvent) => void>;
  readonly died: Promise<string>;
  isDead: boolean;
  answer: (request: AskResource, signal: AbortSignal) => Promise<ResourceReply>;
}

const entry = join(import.meta.dirname, "../engine/process.ts");
const defaultSpareMs = 30_000;
const defaultDataBytes = 16 * 2 ** 30;
/** the next process starts when the one that was asked for has had its start */
const spareDelayMs = 1_000;

/**
 * Engine processes, each for one run or reader. One more waits for a while after each use, since a warm one opens in 20 ms and
 * a cold one in 150; where the last one needed a kernel child, it has one too, which takes three times as long to start.
 */
export function createEnginePool(options: EnginePoolOptions = {}): EnginePool {
  const { spareMs = defaultSpareMs, dataBytes = defaultDataBytes } = options;
  const living = new Set<Fresh>();
  let spare: Fresh | null = null;
  let refill: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const start = (): Fresh => {
    const fresh = spawnEngine(dataBytes);
    living.add(fresh);
    void fresh.died.then(() => {
      living.delete(fresh);
      if (spare === fresh) spare = null;
    });
    return fresh;
  };
  const takeSpare = (): Fresh | null => {
    const taken = spare;
    spare = null;
    return taken === null || taken.isDead ? null : taken;
  };
  const keepSpare = (kernel: PrepareKernel | null): void => {
    clearTimeout(refill);
    clearTimeout(expiry);
    if (spareMs === 0) return;
    refill = setTimeout(() => {
      if (isClosed) return;
      spare ??= start();
      if (kernel !== null) prepare(spare, kernel);
    }, spareDelayMs);
    expiry = setTimeout(() => takeSpare()?.confined.kill(), spareMs);
    refill.unref();
    expiry.unref();
  };

  return {
    async acquire(open, needsKernel = false) {
      if (isClosed) throw new AppError("internal", "the engine pool is closed");
      const fresh = takeSpare() ?? start();
      const kernel = needsKernel ? { kernelHeapBytes: open.limits.kernelHeapBytes } : null;
      keepSpare(kernel);
      const engine = engineOf(fresh);
      try {
        if (kernel !== null) prepare(fresh, kernel);
        await fresh.ready;
        await engine.calls.open(open, new AbortController().signal);
      } catch (error) {
        engine.kill();
        throw error;
      }
      return engine;
    },
    async close() {
      isClosed = true;
      clearTimeout(refill);
      clearTimeout(expiry);
      const all = [...living];
      for (const { confined } of all) confined.kill();
      await Promise.all(all.map(({ died }) => died));
    },
  };
}

/** Has the process start a kernel child, where it has none that waits; nothing is lost where it does not. */
function prepare({ peer }: Fresh, kernel: PrepareKernel): void {
  peer.call("prepare", kernel).catch(() => undefined);
}

function spawnEngine(dataBytes: number): Fresh {
  const confined = spawnConfined({
    entry,
    nodeArguments: ["--no-warnings"],
    // DuckDB's queries take threads of libuv's pool: with its four, as many queries would stop every file read
    environment: { UV_THREADPOOL_SIZE: "12", TZ: "UTC", ...compileCache() },
    dataBytes,
    isGroup: true,
  });
  const listeners = new Set<(event: EngineEvent) => void>();
  let lastWords: string | null = null;
  let onReady: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (onReady = resolve));
  const peer: Peer = new Peer({
    // the engine is ours: it asks what the type says
    handlers: { resource: (request, signal) => fresh.answer(request as AskResource, signal) },
    channel: childChannel(confined.child),
    onEvent: (name, payload) => {
      if (name === "ready") return onReady();
      const event = name === "engine" ? readEvent(payload) : null;
      if (event === null) return;
      if (event.type === "dying") lastWords = event.reason;
      for (const listener of listeners) listener(event);
    },
  });
  const died = confined.died.then((how) => {
    fresh.isDead = true;
    return lastWords ?? how;
  });
  const ready = Promise.race([
    started,
    died.then((reason): never => {
      throw new AppError("runner_died", `an engine process did not start: ${reason}`);
    }),
  ]);
  ready.catch(() => undefined);
  const fresh: Fresh = { confined, peer, ready, listeners, died, isDead: false, answer: noResources };
  return fresh;
}

function noResources({ resource }: AskResource): Promise<never> {
  return Promise.reject(new AppError("forbidden", `resource ${resource} is for runs alone; run its cell`));
}

/** Halves the start, where the program's folder can be written. A kernel child has none: its author could write into it. */
function compileCache(): Readonly<Record<string, string>> {
  const folder = join(import.meta.dirname, "../../node_modules/.cache/cellar");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { NODE_COMPILE_CACHE: folder };
  } catch {
    return {};
  }
}

function engineOf(fresh: Fresh): Engine {
  const { peer, confined, died, listeners } = fresh;
  const call = async (method: keyof EngineCalls, request: unknown, signal: AbortSignal): Promise<unknown> => {
    try {
      return await peer.call(method, request, signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "protocol" || confined.child.connected) throw error;
      throw new AppError("runner_died", `the engine process ended before ${method} was done: ${await died}`, {
        cause: error,
      });
    }
  };
  return {
    // the engine answers what `EngineCalls` says: this is the one place where its answers get their types
    calls: {
      open: (request: OpenEngine, signal) => call("open", request, signal) as ReturnType<EngineCalls["open"]>,
      notebook: (request, signal) => call("notebook", request, signal) as ReturnType<EngineCalls["notebook"]>,
      range: (request, signal) => call("range", request, signal) as ReturnType<EngineCalls["range"]>,
      materialize: (request, signal) => call("materialize", request, signal) as ReturnType<EngineCalls["materialize"]>,
      check: (request, signal) => call("check", request, signal) as ReturnType<EngineCalls["check"]>,
      page: (request, signal) => call("page", request, signal) as ReturnType<EngineCalls["page"]>,
      query: (request, signal) => call("query", request, signal) as ReturnType<EngineCalls["query"]>,
      resource: (request, signal) => call("resource", request, signal) as ReturnType<EngineCalls["resource"]>,
      columns: (request, signal) => call("columns", request, signal) as ReturnType<EngineCalls["columns"]>,
      fixtures: (request, signal) => call("fixtures", request, signal) as ReturnType<EngineCalls["fixtures"]>,
      diff: (request, signal) => call("diff", request, signal) as ReturnType<EngineCalls["diff"]>,
      export: (request, signal) => call("export", request, signal) as ReturnType<EngineCalls["export"]>,
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onAsk: (answer) => void (fresh.answer = answer),
    died,
    kill: confined.kill,
  };
}

function readEvent(payload: unknown): EngineEvent | null {
  if (!isRecord(payload)) return null;
  const { type, reason, cell, level, text, ask } = payload;
  if (type === "begun" && typeof ask === "number") return { type, ask };
  if (type === "dying" && typeof reason === "string") return { type, reason };
  if (type !== "log" || typeof level !== "string" || typeof text !== "string") return null;
  return { type, cell: typeof cell === "number" ? cell : null, level, text };
}
