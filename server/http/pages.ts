import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { connectSources, readGrantedHosts } from "../../cells/protocol/frame-address.ts";

/**
 * The trusted page: scripts of our own only, no evaluation, Trusted Types, one frame at one path. `wasm-unsafe-eval` compiles
 * DuckDB; blobs are its worker and the libraries that the shell hands over.
 */
const shellPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' blob: data:",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
] as const;

/** The page of a notebook's cells: an opaque origin that may compute and draw, and reach only the hosts that its address grants. */
const framePolicy = (hosts: readonly string[]): readonly string[] => [
  "sandbox allow-scripts allow-downloads",
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src blob:",
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "media-src data: blob:",
  "font-src data:",
  `connect-src ${connectSources(hosts)}`,
  "form-action 'none'",
  "base-uri 'none'",
  "frame-src 'none'",
  "object-src 'none'",
];

const everywhere = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

/** Serves the built page from `directory`: hashed assets for ever, documents always asked for again, paths without a file as the shell. */
export async function servePages(app: FastifyInstance, directory: string, origin: () => string): Promise<void> {
  app.addHook("onSend", async (_request, reply) => {
    reply.headers(everywhere);
  });
  const page = async (reply: FastifyReply, file: string, policy: readonly string[]) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", policy.join("; "))
      .header("cache-control", "no-cache")
      .send(await readFile(join(directory, file)));
  // under the name that it was asked by: the guard let only the server's own names through
  const shell = (host: string | undefined) => [
    ...shellPolicy,
    `frame-src ${host === undefined ? origin() : `http://${host}`}/frame`,
  ];
  const config = { cellar: { name: "page", auth: "none" } } as const;
  app.get("/frame", { config }, (request, reply) => {
    const { url } = request;
    const hosts = readGrantedHosts(url.includes("?") ? url.slice(url.indexOf("?")) : "");
    if (hosts !== null) return page(reply, "frame.html", framePolicy(hosts));
    throw new AppError(
      "usage",
      `${url} is no address of a notebook's document; write /frame?hosts=a.example,b.example`,
    );
  });
  app.get("/", { config }, (request, reply) => page(reply, "index.html", shell(request.headers.host)));
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: false,
    serveDotFiles: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const hashed = /[\\/]assets[\\/]/.test(path);
      reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
      if (path.endsWith(".html")) reply.header("content-security-policy", shell(undefined).join("; "));
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const isPage =
      request.method === "GET" &&
      !path.startsWith("/api") &&
      !/\.[a-z0-9]+$/i.test(path.replace(/\.html(\/[a-z]*)?$/, ""));
    return isPage ? page(reply, "index.html", shell(request.headers.host)) : sendNotFound(request, reply);
  });
}

/** The answer where nothing is. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split("?", 1)[0] ?? "";
  return reply.code(404).send({
    code: "not_found",
    message: `nothing is at ${request.method} ${path}; /api/openapi.json lists what there is`,
    data: {},
  });
}
