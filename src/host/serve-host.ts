import type { KernelHost } from "../../cells/protocol/host.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { Handler } from "../../cells/protocol/peer.ts";
import { AppError } from "../../cells/errors.ts";
import { readAsset, readFetch, readLog, readName, readPut, readQuery, readRows } from "./read-requests.ts";

/** The calls of a kernel, answered by a host. What comes in was sent by a frame, so its shape is checked. */
export function hostHandlers(host: () => Promise<KernelHost>): Readonly<Record<string, Handler>> {
  return {
    query: async (request, signal) => (await host()).query(checked("query", readQuery(request)), signal),
    rows: async (request, signal) => (await host()).rows(checked("rows", readRows(request)), signal),
    put: async (request, signal) => (await host()).put(checked("put", readPut(request)), signal),
    asset: async (request, signal) => (await host()).asset(checked("asset", readAsset(request)), signal),
    fetch: async (request, signal) => {
      const own = await host();
      if (own.fetch === undefined)
        throw new AppError("forbidden", "there are no resources here; open the notebook on a server");
      return own.fetch(checked("fetch", readFetch(request)), signal);
    },
    file: async (request, signal) => (await host()).file(checked("file", readName(request)), signal),
  };
}

/** The calls of cells that are computed apart from the notebook, each answered by the host of its trial. */
export function trialHandlers(hosts: ReadonlyMap<number, KernelHost>): Readonly<Record<string, Handler>> {
  const handlers = hostHandlers(() => Promise.reject(new AppError("internal", "a trial was asked for its methods")));
  return Object.fromEntries(
    Object.keys(handlers).map((method) => [
      `trial:${method}`,
      (call: unknown, signal: AbortSignal): unknown => {
        const { trial, request } = isRecord(call) ? call : {};
        const host = typeof trial === "number" ? hosts.get(trial) : undefined;
        if (host === undefined) throw new AppError("protocol", `no trial asks for ${method} now`);
        return hostHandlers(() => Promise.resolve(host))[method]?.(request, signal);
      },
    ]),
  );
}

/** A line that a cell wrote to the console, or null where it is none. */
export function readLogEvent(name: string, payload: unknown): ReturnType<typeof readLog> {
  return name === "log" && isRecord(payload) ? readLog(payload) : null;
}

function checked<T>(method: string, value: T | null): T {
  if (value === null) throw new AppError("protocol", `the request of ${method} was not understood`);
  return value;
}
