import { type ApiClient, createClient } from "../../cells/api/client.ts";
import { AppError } from "../../cells/errors.ts";

/** The typed client of this server, as pages use it. */
export type Api = ApiClient<Response>;

/** Whether an error means that no answer came at all: no network, or no server. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof AppError && error.data["unreachable"] === true;
}

export interface ApiOptions {
  readonly token: () => string | null;
  /** told when the server refuses the token */
  readonly onUnauthorized?: () => void;
  /** keeps the service worker from storing an answer or giving a stored one */
  readonly private?: boolean;
}

/**
 * The client over `fetch`. Where no answer comes, calls reject with an `AppError` that `isUnreachable`; an aborted one rejects with the
 * signal's reason.
 */
export function createApi(options: ApiOptions): Api {
  return createClient(async (path, { body, ...init }) => {
    let response: Response;
    try {
      response = await fetch(path, {
        ...init,
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
        credentials: "omit",
        redirect: "error",
        ...(options.private === true ? { cache: "no-store" } : {}),
      });
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause;
      throw new AppError("not_found", "the server does not answer; start it again with cellar serve", {
        cause,
        data: { unreachable: true },
      });
    }
    if (response.status === 401) options.onUnauthorized?.();
    return response;
  }, options.token);
}
