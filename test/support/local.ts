import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InputOf, OutputOf, RouteName } from "../../cells/api/routes.ts";
import { allHandlers } from "../../server/handlers/all-handlers.ts";
import { Auth } from "../../server/http/auth.ts";
import { type OpenOptions, type OpenWorkspace, openWorkspace } from "../../server/open-workspace.ts";
import { closeWithTest } from "./close-with-test.ts";
import { copyEmptyStore } from "./empty-store.ts";
import { engines, temporaryWorkspace } from "./workspace.ts";

/** A workspace open in this process, asked without HTTP. */
export interface LocalWorkspace extends AsyncDisposable {
  readonly path: string;
  readonly open: OpenWorkspace;
  call<N extends RouteName>(name: N, input: InputOf<N>): Promise<OutputOf<N>>;
  /** Writes a file as another program would, and waits until the catalog has it. */
  write(name: string, text: string): Promise<void>;
  /** Starts a run and waits for its end: state, and step states by asset key. */
  run(
    input?: InputOf<"startRun">,
  ): Promise<{ readonly id: string; readonly state: string; readonly steps: Readonly<Record<string, string>> }>;
}

/** Asks the routes of an open workspace as its owner, without HTTP. */
export function ownerCall(open: OpenWorkspace): LocalWorkspace["call"] {
  const handlers = allHandlers(open, new Auth("t".repeat(43), open.store, open.clock), () => "http://127.0.0.1:4400");
  const context = {
    principal: { type: "owner" },
    signal: new AbortController().signal,
    lastEventId: null,
    upload: null,
  } as const;
  return (name, input) => (handlers[name] as (input: unknown, context: unknown) => Promise<never>)(input, context);
}

/** Opens a temporary folder with these files. */
export async function openLocal(
  files: Readonly<Record<string, string>>,
  options: OpenOptions = {},
): Promise<LocalWorkspace> {
  const folder = await temporaryWorkspace(files);
  await copyEmptyStore(join(folder.path, ".cellar/store.db"));
  const open = await openWorkspace(folder.path, { ...engines, ...options });
  const close = closeWithTest(async () => {
    await open.close();
    await folder[Symbol.asyncDispose]();
  });
  const call = ownerCall(open);
  return {
    path: folder.path,
    open,
    call,
    async write(name, text) {
      await writeFile(join(folder.path, name), text);
      await open.catalog.refresh(name);
    },
    async run(input = {}) {
      const { run: id } = await call("startRun", input);
      await runEnded(open, id);
      const report = await call("run", { id });
      return { id, state: report.state, steps: Object.fromEntries(report.steps.map(({ key, state }) => [key, state])) };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves when a run is terminal, by the store's own events. */
export async function runEnded({ store }: Pick<OpenWorkspace, "store">, id: string): Promise<void> {
  for (;;) {
    const next = Promise.withResolvers<void>();
    const unsubscribe = store.onEvents(() => next.resolve());
    const run = await store.run(id);
    if (run === null || ["succeeded", "failed", "cancelled", "interrupted"].includes(run.state)) return unsubscribe();
    await next.promise;
    unsubscribe();
  }
}
