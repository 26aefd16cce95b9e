import { sha256 } from "../../cells/data/sha256.ts";
import { AppError } from "../../cells/errors.ts";
import { resolveFile } from "../../cells/graph/reference.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { FileContent } from "../../cells/protocol/host.ts";
import type {
  DataPorts,
  FreshResult,
  HydrationPort,
  HydrationRequest,
  ResourcePort,
  StoredResult,
} from "../host/ports.ts";
import type { Api } from "./api.ts";
import type { FeedMessage } from "./event-feed.ts";
import { freshFacts } from "./fresh-facts.ts";
import { serverResources } from "./server-resources.ts";
import { findResult, hasAll, type HydrationFact, type HydrationFacts, toStored } from "./hydration.ts";

/** What a notebook's data needs to hear of. */
export interface Feed {
  subscribe(listener: (message: FeedMessage) => void): () => void;
}

/** The data of one notebook over HTTP. What the server holds is asked for once and again after it changed; files of the lake are verified. */
export class ServerData implements DataPorts {
  readonly hydration: HydrationPort;
  readonly resources: ResourcePort;
  readonly #api: Api;
  readonly #path: string;
  readonly #held = new Map<string, Promise<HydrationFacts>>();
  /** content hash → where the API has those bytes */
  readonly #places = new Map<
    string,
    { readonly key: string; readonly partition: string; readonly format: "parquet" | "json" }
  >();
  /** content hash → the fresh result that was named to the notebook, though the server may have a newer one by now */
  readonly #named = new Map<string, StoredResult>();
  readonly #unsubscribe: () => void;

  constructor(path: string, api: Api, feed: Feed) {
    this.#path = path;
    this.#api = api;
    this.resources = serverResources(path, api);
    this.hydration = {
      find: (request, signal) => this.#find(request, signal),
      fresh: async () => {
        const held = await this.#facts(this.#path).catch(() => null);
        if (held === null || held.facts.length === 0) return null;
        return (workspace, notebook) => this.#fresh(freshFacts(workspace, notebook, held, Date.now()));
      },
      hasAll: async (codeVersions, signal) => {
        const held = await this.#facts(this.#path).catch(() => null);
        signal.throwIfAborted();
        return held !== null && hasAll(held, codeVersions);
      },
    };
    this.#unsubscribe = feed.subscribe((message) => {
      const isOld =
        message.type === "resumed" || message.event.fact.type === "materialized" || message.event.fact.type === "other";
      if (isOld) this.#held.clear();
    });
  }

  /** Stops listening. */
  close(): void {
    this.#unsubscribe();
  }

  async file(name: string, signal: AbortSignal): Promise<FileContent> {
    const path = resolveFile(this.#path, name);
    if (path === null || /^[a-z][a-z0-9+.-]+:|^\/\//i.test(path))
      throw new AppError("file_not_found", `${name} is not a file of this workspace; put it beside the notebook`, {
        data: { file: name },
      });
    const response = await this.#api.open("file", { name: path }, undefined, signal);
    return {
      name,
      bytes: new Uint8Array(await response.arrayBuffer()),
      mimeType: response.headers.get("content-type") ?? "application/octet-stream",
      lastModified: Date.parse(response.headers.get("last-modified") ?? "") || 0,
    };
  }

  async asset(
    key: AssetKey,
    partition: string | null,
    version: string | null,
    signal: AbortSignal,
  ): Promise<StoredResult> {
    const named = version === null ? undefined : this.#named.get(version);
    if (named !== undefined) return named;
    const { facts } = await this.#facts(`${AssetKey.notebook(key)}.html`);
    signal.throwIfAborted();
    const fact = facts.find((known) => known.asset === key && known.partition === (partition ?? ""));
    const stored = fact === undefined ? null : this.#remember(fact);
    if (stored !== null) return stored;
    // says whether there is no such asset, or only no result of it
    await this.#api.call("history", { key, limit: "1" }, signal);
    throw new AppError("asset_missing", `${key} has not been materialized; run it on the server first`, {
      data: { asset: key },
    });
  }

  async blob(hash: string, signal: AbortSignal): Promise<Uint8Array> {
    const place = this.#places.get(hash);
    if (place === undefined) throw new AppError("internal", `the file ${hash} of the lake was not named before`);
    const response = await this.#api.open(
      "data",
      {
        ...{ key: place.key, format: place.format, version: hash },
        ...(place.partition === "" ? {} : { partition: place.partition }),
      },
      undefined,
      signal,
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    if ((await hashOf(bytes)) !== hash)
      throw new AppError("lake_damaged", `the data of ${place.key} is damaged: its hash is not ${hash}; run it again`, {
        data: { asset: place.key },
      });
    return bytes;
  }

  async #find(request: HydrationRequest, signal: AbortSignal): Promise<StoredResult | null> {
    // without a server there is nothing to find, and the cell is computed
    const held = await this.#facts(this.#path).catch(() => null);
    signal.throwIfAborted();
    const found = held === null ? null : findResult(this.#path, held, request, Date.now());
    if (found !== null && (found.format === "parquet" || found.format === "json"))
      this.#places.set(found.sha256, {
        key: AssetKey.of(this.#path, request.output),
        partition: request.recipe.slice?.partition ?? "",
        format: found.format,
      });
    return found;
  }

  #fresh(facts: ReadonlyMap<AssetKey, HydrationFact>): ReadonlyMap<AssetKey, FreshResult> {
    const results = new Map<AssetKey, FreshResult>();
    for (const [key, fact] of facts) {
      const stored = this.#remember(fact);
      if (stored !== null) this.#named.set(stored.sha256, stored);
      results.set(key, stored ?? { format: "virtual" });
    }
    return results;
  }

  #facts(path: string): Promise<HydrationFacts> {
    let held = this.#held.get(path);
    if (held === undefined) {
      held = this.#api.call("hydration", { path });
      this.#held.set(path, held);
      // a failure is not kept: the next cell asks again
      held.catch(() => this.#held.delete(path));
    }
    return held;
  }

  #remember(fact: HydrationFact): StoredResult | null {
    const stored = toStored(fact);
    if (stored !== null)
      this.#places.set(stored.sha256, { key: fact.asset, partition: fact.partition, format: stored.format });
    return stored;
  }
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  // absent where the page is served without TLS, and not from this machine
  const digest = globalThis.crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)))
    : sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
