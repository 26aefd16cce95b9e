import { matchPrecache, precache } from "workbox-precaching";
import { connectSources, readGrantedHosts } from "../../cells/protocol/frame-address.ts";
import { apiCache, lakeCache, type WorkerMessage } from "./caches.ts";
import { ruleFor } from "./rules.ts";
import { trim } from "./trim.ts";

/** The parts of a service worker's scope that are used here: the page's types do not have it. */
interface WorkerScope {
  readonly __WB_MANIFEST: Parameters<typeof precache>[0];
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "activate", listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: "message",
    listener: (event: { readonly data: WorkerMessage; waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(type: "fetch", listener: (event: FetchEventLike) => void): void;
}

interface FetchEventLike {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}

declare const self: WorkerScope;

/** How long the server may take before its last answer is given, if there is one. */
const patienceMs = 4_000;
/** Larger answers are not kept. */
const largestBytes = 64 * 1024 * 1024;
const mostAnswers = 600;
const mostFiles = 300;

// the shell as "/" and the frame as "/frame": as the server sends them, with their policies
precache(self.__WB_MANIFEST);

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data.type === "take-over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const rule = ruleFor(
    {
      method: request.method,
      url: request.url,
      isNavigation: request.mode === "navigate",
      cache: request.cache,
      hasToken: request.headers.has("authorization"),
    },
    self.location.origin,
  );
  switch (rule.type) {
    case "network":
      return;
    case "shell":
      return event.respondWith(stored("/", request));
    case "frame":
      return event.respondWith(frame(request));
    case "build":
      return event.respondWith(stored(request.url, request));
    case "latest":
      return event.respondWith(latest(event));
    case "immutable":
      return event.respondWith(once(event));
  }
});

async function stored(url: string, request: Request): Promise<Response> {
  return (await matchPrecache(url)) ?? fetch(request);
}

/** The stored document with the policy that its address asks for, as the server would send it; an address that it refuses is the server's. */
async function frame(request: Request): Promise<Response> {
  const hosts = readGrantedHosts(new URL(request.url).search);
  const known = hosts === null ? undefined : await matchPrecache("/frame");
  const policy = known?.headers.get("content-security-policy");
  if (hosts === null || known === undefined || !policy) return fetch(request);
  if (hosts.length === 0) return known;
  const headers = new Headers(known.headers);
  headers.set("content-security-policy", policy.replace(/connect-src [^;]*/, `connect-src ${connectSources(hosts)}`));
  return new Response(known.body, { status: known.status, headers });
}

/** The server's answer, which is kept; where none comes in time, the last one. */
async function latest(event: FetchEventLike): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(apiCache);
  const answer = fetch(request).then((response) => {
    if (response.status === 401) event.waitUntil(forget());
    else if (isKept(response))
      event.waitUntil(cache.put(request.url, response.clone()).then(() => trim(cache, mostAnswers)));
    return response;
  });
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patienceMs));
  const inTime = await Promise.race([answer.catch(() => null), late]);
  if (inTime !== null) return inTime;
  // by address alone: the token of the request is no part of what is stored
  return (await cache.match(request.url)) ?? answer;
}

async function once(event: FetchEventLike): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(lakeCache);
  const known = await cache.match(request.url);
  if (known !== undefined) return known;
  const response = await fetch(request);
  if (response.status === 401) event.waitUntil(forget());
  else if (isKept(response))
    event.waitUntil(cache.put(request.url, response.clone()).then(() => trim(cache, mostFiles)));
  return response;
}

function isKept(response: Response): boolean {
  return (
    response.status === 200 &&
    response.type === "basic" &&
    Number(response.headers.get("content-length") ?? 0) <= largestBytes
  );
}

/** The login ended: nothing that it read stays. */
async function forget(): Promise<void> {
  await Promise.all([caches.delete(apiCache), caches.delete(lakeCache)]);
}
