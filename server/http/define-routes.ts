import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../cells/errors.ts";
import type { Route } from "../../cells/api/route.ts";
import { type InputOf, type OutputOf, type RouteName, routes } from "../../cells/api/routes.ts";
import { shapeError, unknownMember } from "../../cells/api/schema.ts";
import type { Auth, Principal } from "./auth.ts";

/** What a handler is told besides its input. */
export interface Context {
  readonly principal: Principal;
  /** aborted when the client goes away */
  readonly signal: AbortSignal;
  readonly lastEventId: string | null;
  /** raw body of an `upload` route */
  readonly upload: AsyncIterable<Uint8Array> | null;
  /** body of a `text` route, as it was sent, with the request's headers */
  readonly sent?: { readonly text: string; header(name: string): string | null };
}

/** A file as an answer. `immutable` bytes never change at this address. */
export interface Bytes {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly immutable: boolean;
  readonly body: Uint8Array | Readable;
  readonly length: number | null;
  /** names these bytes among those of the same address, and when they changed; a client that has them is not sent them again */
  readonly version?: { readonly etag: string; readonly modifiedAt: number };
}

/** One event of a stream. */
export interface ServerEvent {
  readonly id: number;
  readonly data: unknown;
}

type AnswerOf<N extends RouteName> = (typeof routes)[N]["answer"] extends "json"
  ? OutputOf<N>
  : (typeof routes)[N]["answer"] extends "events"
    ? AsyncIterable<ServerEvent>
    : Bytes;

/** One handler for each route: the compiler refuses a route without one. */
export type Handlers = { readonly [N in RouteName]: (input: InputOf<N>, context: Context) => Promise<AnswerOf<N>> };

/**
 * The only place where routes come into being: each with its authentication, its method, its input's shape and its body limit.
 * Another route makes the server refuse to start.
 */
export function defineRoutes(app: FastifyInstance, handlers: Handlers, auth: Auth): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    try {
      if (request.routeOptions.config.cellar?.isText === true) return done(null, String(body));
      done(null, body === "" ? {} : JSON.parse(String(body)));
    } catch {
      done(new AppError("usage", "the request body is not JSON"));
    }
  });
  app.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][])
    app.route({
      method: route.method,
      url: route.path,
      exposeHeadRoute: false,
      ...(route.bodyLimitBytes > 0 ? { bodyLimit: route.bodyLimitBytes } : {}),
      config: { cellar: { name, auth: route.auth, isText: route.body === "text" } },
      handler: (request, reply) => answer(name, route, handlers, auth, request, reply),
    });
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** set by the route factory alone */
    cellar?: { readonly name: string; readonly auth: Route["auth"]; readonly isText?: boolean };
  }
}

async function answer(
  name: RouteName,
  route: Route,
  handlers: Handlers,
  auth: Auth,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const principal = await authorize(route, auth, request);
  const input = readInput(route, request);
  // whoever calls a webhook may add to its address what they like
  const unknown = route.body === "text" ? null : unknownMember(route.input, input);
  const wrong = unknown ?? shapeError(route.input, input);
  if (wrong !== null) throw new AppError("usage", `${route.method} ${route.path}: ${wrong}; see /api/openapi.json`);
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort());
  const context: Context = {
    principal,
    signal: gone.signal,
    lastEventId: typeof request.headers["last-event-id"] === "string" ? request.headers["last-event-id"] : null,
    upload: route.body === "upload" ? (request.body as AsyncIterable<Uint8Array>) : null,
    ...(route.body === "text" ? { sent: sentText(request) } : {}),
  };
  const handler = handlers[name] as (input: unknown, context: Context) => Promise<unknown>;
  const result = await handler(input, context).catch((error: unknown) => {
    // nobody is there to be told
    if (gone.signal.aborted) return null;
    throw error;
  });
  if (gone.signal.aborted && result === null) return reply;
  reply.header("cache-control", "no-store");
  if (route.answer === "json") return reply.type("application/json").send(JSON.stringify(result));
  if (route.answer === "events") return sendEvents(reply, result as AsyncIterable<ServerEvent>, gone.signal);
  const bytes = result as Bytes;
  if (bytes.immutable) reply.header("cache-control", "private, max-age=31536000, immutable");
  if (bytes.version !== undefined) {
    const etag = `"${bytes.version.etag}"`;
    reply
      .header("etag", etag)
      .header("last-modified", new Date(bytes.version.modifiedAt).toUTCString())
      .header("cache-control", "private, no-cache");
    if (request.headers["if-none-match"] === etag) {
      if (!(bytes.body instanceof Uint8Array)) bytes.body.destroy();
      return reply.code(304).send();
    }
  }
  if (bytes.length !== null) reply.header("content-length", bytes.length);
  if (bytes.fileName !== null)
    reply.header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(bytes.fileName)}`);
  return reply.type(bytes.contentType).send(bytes.body);
}

function sentText({ body, headers }: FastifyRequest): Required<Context>["sent"] {
  return {
    text: typeof body === "string" ? body : "",
    header(name) {
      const value = headers[name];
      return typeof value === "string" ? value : null;
    },
  };
}

async function authorize(route: Route, auth: Auth, request: FastifyRequest): Promise<Principal> {
  if (route.auth === "none") return { type: "owner" };
  const principal = await auth.identify(request.headers.authorization);
  // the same answer as for an unknown token: a link tells nothing of what else is here
  if (principal.type === "share" && route.auth !== "share")
    throw new AppError("unauthorized", "the token is not valid, or no longer: log in again, or ask for a new link");
  return principal;
}

function readInput(route: Route, request: FastifyRequest): Record<string, unknown> {
  const rest = route.body === "json" ? (request.body ?? {}) : request.query;
  if (rest === null || typeof rest !== "object" || Array.isArray(rest))
    throw new AppError("usage", "the request body must be one JSON object");
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of [...Object.entries(rest), ...Object.entries(request.params as Record<string, string>)])
    if (key !== "__proto__") input[key] = value;
  return input;
}

// a client that does not read is dropped once this much waits for it; it may resume by sequence number
const largestBacklogBytes = 1024 * 1024;

async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerEvent>,
  signal: AbortSignal,
): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  raw.write(": open\n\n");
  try {
    for await (const event of events) {
      if (signal.aborted) break;
      raw.write(`id: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`);
      if (raw.writableLength > largestBacklogBytes) break;
    }
  } finally {
    raw.end();
  }
  return reply;
}
