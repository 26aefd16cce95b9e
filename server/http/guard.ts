import type { IncomingMessage } from "node:http";

/** Where the server may be reached: exact `host:port` values. */
export interface Address {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

/** The addresses of a server on a loopback port, and on `host` where it was told to bind elsewhere. */
export function addressOf(port: number, host: string): Address {
  const names = new Set([
    "127.0.0.1",
    "localhost",
    "[::1]",
    host.includes(":") && !host.startsWith("[") ? `[${host}]` : host,
  ]);
  const hosts = new Set([...names].map((name) => `${name}:${port}`));
  return { hosts, origins: new Set([...hosts].map((at) => `http://${at}`)) };
}

const longestTarget = 8192;

/**
 * The first thing that sees a request, before routing, authentication and logging: null, or why it is refused.
 * Host first, since a rebound request carries no other sign; then the target's form; then Origin and fetch metadata, whose
 * absence proves nothing (reliability A1–A8).
 */
export function refuse(
  request: IncomingMessage,
  address: Address,
): { readonly status: number; readonly message: string } | null {
  const hosts = valuesOf(request, "host");
  if (hosts.length !== 1 || !address.hosts.has(hosts[0] ?? ""))
    return {
      status: 421,
      message: "this server answers only under its own address; open the address that it printed at its start",
    };
  const target = request.url ?? "";
  if (target.length > longestTarget) return { status: 414, message: "the address is too long" };
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/") || /\/\/|\\|#|;|%00|%5c|\/\.{1,2}(\/|$)|(^|\/)(%2e|\.)(%2e|\.)?(\/|$)/i.test(path))
    return { status: 400, message: "the address is not written in its plain form" };
  const origins = valuesOf(request, "origin");
  if (origins.length > 1 || (origins[0] !== undefined && !address.origins.has(origins[0])))
    return { status: 403, message: "requests from other pages are refused" };
  const site = request.headers["sec-fetch-site"];
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  const navigation =
    request.headers["sec-fetch-mode"] === "navigate" && request.method === "GET" && !path.startsWith("/api");
  if (foreign && !navigation) return { status: 403, message: "requests from other pages are refused" };
  if (request.method !== "GET" && request.method !== "HEAD" && site !== undefined && origins.length === 0)
    return { status: 403, message: "a page that changes something must say where it comes from" };
  return null;
}

function valuesOf(request: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? "");
  return values;
}
