import { AppError, type ErrorCode, errorCodes } from "../errors.ts";
import { type InputOf, type OutputOf, type RouteName, routes } from "./routes.ts";

/** The part of a `fetch` response that a client needs. */
export interface ApiResponse {
  readonly status: number;
  readonly ok: boolean;
  text(): Promise<string>;
}

/** Sends one request. Browsers, the command line and in-process tests each bring their own. */
export type ApiFetch<R extends ApiResponse> = (
  path: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string | Uint8Array;
    readonly signal?: AbortSignal;
  },
) => Promise<R>;

/** A typed way to ask the routes. Failures are `AppError`s with the server's code, message and data. */
export interface ApiClient<R extends ApiResponse> {
  /** Asks a JSON route. */
  call<N extends RouteName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>>;
  /** Asks a route that answers with bytes or events, or sends bytes; the caller reads the response. */
  open<N extends RouteName>(name: N, input: InputOf<N>, body?: Uint8Array, signal?: AbortSignal): Promise<R>;
}

/** Makes a client over `fetch`; `token` is asked for at each request, so that a login takes effect at once. */
export function createClient<R extends ApiResponse>(fetch: ApiFetch<R>, token: () => string | null): ApiClient<R> {
  async function open<N extends RouteName>(
    name: N,
    input: InputOf<N>,
    body?: Uint8Array,
    signal?: AbortSignal,
  ): Promise<R> {
    const route = routes[name];
    const { path, rest } = fillPath(route.path, input as Readonly<Record<string, unknown>>);
    const headers: Record<string, string> = {};
    const secret = token();
    if (secret !== null) headers["authorization"] = `Bearer ${secret}`;
    let target = path;
    let content: string | Uint8Array | undefined = body;
    if (route.body === "json") {
      headers["content-type"] = "application/json";
      content = JSON.stringify(rest);
    } else {
      if (body !== undefined) headers["content-type"] = "application/octet-stream";
      target += queryOf(rest);
    }
    const response = await fetch(target, {
      method: route.method,
      headers,
      ...(content === undefined ? {} : { body: content }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) throw toError(response.status, await response.text());
    return response;
  }
  return {
    open,
    async call(name, input, signal) {
      const response = await open(name, input, undefined, signal);
      return JSON.parse(await response.text()) as OutputOf<typeof name>;
    },
  };
}

/** Puts the values of `:name` into a path, each as one encoded segment. What is left over is query or body. */
export function fillPath(
  pattern: string,
  input: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly rest: Readonly<Record<string, unknown>> } {
  const rest = { ...input };
  const path = pattern.replace(/:([a-z]+)/gi, (_whole, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodePart(String(value));
  });
  return { path, rest };
}

function queryOf(values: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodePart(name)}=${encodePart(String(value))}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function encodePart(text: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-_.~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

function toError(status: number, text: string): AppError {
  try {
    const { code, message, data } = JSON.parse(text) as {
      code: string;
      message: string;
      data?: Record<string, string>;
    };
    if (code in errorCodes) return new AppError(code as ErrorCode, message, { data: data ?? {} });
  } catch {
    // an answer that is not ours: a proxy, or another program on the port
  }
  return new AppError("internal", `the server answered ${status}: ${text.slice(0, 200)}`, { data: { status } });
}
