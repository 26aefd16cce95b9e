import type { Engine } from "./engine.ts";

/** Gives the one engine of a page, started when it is first asked for and again after it failed to start. */
export type EngineProvider = () => Promise<Engine>;

/** The engine's code (36 MB of Wasm) is fetched with the first call. */
export function lazyEngine(): EngineProvider {
  let started: Promise<Engine> | null = null;
  return () =>
    (started ??= import("./engine.ts")
      .then(({ Engine }) => Engine.open())
      .catch((error: unknown) => {
        started = null;
        throw error;
      }));
}
