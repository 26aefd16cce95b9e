import { type TSchema, Type } from "./schema.ts";

/** Who may ask: anyone who reaches the port, a holder of the session token, or a holder of a share's token (and of the session's). */
export type Auth = "none" | "token" | "share";

/**
 * One route of the API. `input` holds path parameters and query (GET, DELETE) or path parameters and body (POST, PUT) in one
 * flat object. A `bytes` route answers with a file; an `events` route with server-sent events; `upload` takes raw bytes,
 * `text` a JSON body as it was sent, for those who sign it.
 */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly auth: Auth;
  readonly summary: string;
  readonly input: TSchema;
  readonly output: TSchema;
  readonly answer: "json" | "bytes" | "events";
  readonly body: "none" | "json" | "upload" | "text";
  /** largest request body */
  readonly bodyLimitBytes: number;
}

/** bytes */
export const mebi = 1024 * 1024;
/** A path or key in an address. */
export const path = Type.String({ minLength: 1, maxLength: 200 });
/** A selection expression. */
export const select = Type.Optional(Type.String({ maxLength: 65536 }));
/** Set or not, also as text of a query. */
export const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Literal("true"), Type.Literal("false")]));
/** A whole number, also as text of a query. */
export const whole = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: "^[0-9]{1,15}$" })]),
);

/** How many are wanted at most, also as text of a query: at least one. */
export const most = Type.Optional(
  Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: "^0*[1-9][0-9]{0,14}$" })]),
);

/** A route that only reads. */
export function get<I extends TSchema, O extends TSchema>(
  at: string,
  summary: string,
  input: I,
  output: O,
  auth: Auth = "token",
) {
  return {
    method: "GET",
    path: at,
    auth,
    summary,
    input,
    output,
    answer: "json",
    body: "none",
    bodyLimitBytes: 0,
  } as const;
}

/** A route that changes something. */
export function send<M extends "POST" | "PUT" | "DELETE", I extends TSchema, O extends TSchema>(
  method: M,
  at: string,
  summary: string,
  input: I,
  output: O,
  bodyLimitBytes = mebi,
  auth: Auth = "token",
) {
  return {
    method,
    path: at,
    auth,
    summary,
    input,
    output,
    answer: "json",
    body: method === "DELETE" ? "none" : "json",
    bodyLimitBytes,
  } as const;
}

/** That it was done. */
export const done = Type.Object({ ok: Type.Literal(true) });

/** Tags of a run. */
export const tags = Type.Optional(Type.Record(Type.String(), Type.String()));
/** Larger first in the queue. */
export const priority = Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 }));
