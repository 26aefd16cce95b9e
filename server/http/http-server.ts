import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "../../cells/errors.ts";
import type { Auth } from "./auth.ts";
import { defineRoutes, type Handlers } from "./define-routes.ts";
import { type Address, addressOf, refuse } from "./guard.ts";
import { sendNotFound, servePages } from "./pages.ts";
import { toProblem } from "./problem.ts";

export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port */
  readonly port: number;
  readonly handlers: Handlers;
  readonly auth: Auth;
  /** folder of the built page; null serves the API alone */
  readonly pages: string | null;
  /** is told of errors that nobody expected */
  readonly report: (error: unknown) => void;
}

/** A listening server. */
export interface HttpServer {
  readonly origin: string;
  readonly port: number;
  /** every route there is, as "METHOD path" */
  readonly routes: readonly string[];
  close(): Promise<void>;
}

// `import` reads every member of the module, and one of them is a getter that loads the client behind `WebSocket`: 2 MB resident
const { createServer } = process.getBuiltinModule("node:http");

function noSchemas(): never {
  throw new AppError("internal", "a route has a schema of Fastify's own; give it its shape in cells/api instead");
}

/** Listens. Throws `port_in_use`, `storage_failed` for an address that this machine refuses. */
export async function listen(options: HttpOptions): Promise<HttpServer> {
  let address: Address = { hosts: new Set(), origins: new Set() };
  let origin = "";
  const known: string[] = [];
  const app: FastifyInstance = Fastify({
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: 1200,
    },
    logger: false,
    // the shapes of `cells/api` are checked by `define-routes.ts`: what compiles schemas for Fastify need not be loaded
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors(_error, _request, reply) {
      const message = "the address cannot be read: a % in it is no escape; write %25 for the character itself";
      void (reply as FastifyReply)
        .code(400)
        .type("application/json")
        .send(JSON.stringify({ code: "usage", message, data: {} }));
    },
    // event streams never end by themselves: a server that is told to stop ends them
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    serverFactory(handler) {
      const server: Server = createServer(
        { maxHeaderSize: 32768, requestTimeout: 300_000, headersTimeout: 20_000 },
        (request, response) => {
          const refused = refuse(request, address);
          if (refused === null) return handler(request, response);
          // the body is not read: the connection ends with the answer
          response.writeHead(refused.status, {
            "content-type": "application/json",
            connection: "close",
            "x-content-type-options": "nosniff",
          });
          response.end(JSON.stringify({ code: "forbidden", message: refused.message, data: {} }));
        },
      );
      server.on("upgrade", (_request, socket) => socket.destroy());
      return server;
    },
  });
  app.addHook("onRoute", (route) => {
    if (route.config?.cellar === undefined && options.pages !== null && !String(route.url).startsWith("/api")) {
      for (const method of [route.method].flat()) known.push(`${method} ${route.url} page`);
      return;
    }
    if (route.config?.cellar === undefined)
      throw new AppError("internal", `route ${String(route.method)} ${route.url} was not made by the route factory`);
    known.push(`${String(route.method)} ${route.url} ${route.config.cellar.auth}`);
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, body } = toProblem(error, options.report);
    return reply.code(status).headers({ "x-content-type-options": "nosniff", "cache-control": "no-store" }).send(body);
  });
  defineRoutes(app, options.handlers, options.auth);
  if (options.pages === null) app.setNotFoundHandler(sendNotFound);
  else await servePages(app, options.pages, () => origin);
  await app.listen({ host: options.host, port: options.port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE")
      throw new AppError(
        "port_in_use",
        `port ${options.port} is used by another program; stop it, or choose another with --port`,
        {
          data: { port: options.port },
        },
      );
    throw new AppError(
      "storage_failed",
      `cannot listen on ${options.host}:${options.port} (${error.code ?? error.message}); choose another --host or --port`,
      { cause: error },
    );
  });
  const { port } = app.server.address() as AddressInfo;
  address = addressOf(port, options.host);
  origin = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  return { origin, port, routes: known, close: () => app.close() };
}
