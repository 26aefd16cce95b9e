import { ConfigSchema } from "../../cells/api/config-schema.ts";
import { AppError } from "../../cells/errors.ts";
import { engineVersion } from "../engine/engine-version.ts";
import type { Auth } from "../http/auth.ts";
import type { Handlers, ServerEvent } from "../http/define-routes.ts";
import { openApi } from "../http/openapi.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import type { LogEvent, Store } from "../store/store.ts";
import { version } from "../version.ts";
import { metricsText } from "../metrics/metrics-text.ts";

/** Health, login, the document of the API, figures, and the stream of events. */
export function systemHandlers(
  workspace: OpenWorkspace,
  auth: Auth,
  origin: () => string,
): Pick<Handlers, "health" | "login" | "loginCode" | "session" | "openapi" | "configSchema" | "metrics" | "events"> {
  const { store, root, catalog, clock } = workspace;
  const name = root.split(/[\\/]/).at(-1) ?? "workspace";
  return {
    health: () => Promise.resolve({ ok: true, version, workspace: name }),
    login: ({ code }) => Promise.resolve({ token: auth.login(code) }),
    loginCode: () => Promise.resolve({ url: loginUrl(origin(), auth) }),
    session: () => Promise.resolve({ workspace: name, version, engine: engineVersion }),
    openapi: () => Promise.resolve(openApi(version)),
    configSchema: () => Promise.resolve(ConfigSchema),
    async metrics() {
      const body = new TextEncoder().encode(await metricsText(workspace));
      return { contentType: "text/plain; version=0.0.4", fileName: null, immutable: false, body, length: body.length };
    },
    async events({ after, run }, { signal, lastEventId }) {
      const from = Number((lastEventId === "" ? null : lastEventId) ?? after ?? (await store.lastSeq()));
      if (!Number.isSafeInteger(from) || from < 0) throw new AppError("usage", "after must be a sequence number");
      const changes = run === undefined ? catalogEvents(catalog, clock.now) : () => () => undefined;
      return mergeEvents(store, from, run, changes, signal);
    },
  };
}

/** A link that logs a browser in, once. The code stands behind the #: it is in no log and no request line. */
export function loginUrl(origin: string, auth: Auth): string {
  return `${origin}/#login=${auth.issueCode()}`;
}

/** What happened to files is not a fact of the store: it is told as it happens, under the number of the last fact. */
function catalogEvents(catalog: OpenWorkspace["catalog"], now: () => number) {
  return (listener: (event: { readonly at: number; readonly event: LogEvent }) => void) =>
    catalog.onChange((change) => {
      if (change.type !== "file_changed") listener({ at: now(), event: change });
    });
}

async function* mergeEvents(
  store: Store,
  from: number,
  run: string | undefined,
  follow: (listener: (event: { readonly at: number; readonly event: LogEvent }) => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let last = from;
  const passing: { readonly at: number; readonly event: LogEvent }[] = [];
  let wake: () => void = () => undefined;
  const unfollow = follow((event) => {
    passing.push(event);
    wake();
  });
  const unsubscribe = store.onEvents(() => wake());
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const sleep = new Promise<void>((resolve) => (wake = resolve));
      const events = await store.eventsAfter(last, 500, run);
      for (const { seq, at, event } of events) {
        last = seq;
        yield { id: seq, data: { seq, at, event } };
      }
      for (const { at, event } of passing.splice(0)) yield { id: last, data: { seq: last, at, event } };
      if (events.length === 0 && passing.length === 0) await sleep;
    }
  } finally {
    unfollow();
    unsubscribe();
    signal.removeEventListener("abort", onAbort);
  }
}
