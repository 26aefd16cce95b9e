import type { AssetValue, FileContent, KernelHost, Relation, ResourceResponse } from "../../cells/protocol/host.ts";
import type { Peer } from "../../cells/protocol/peer.ts";

/** The engine process as a kernel's host. It is trusted to answer what `KernelHost` says: here its answers get their types. */
export function remoteHost(peer: Peer): KernelHost {
  return {
    query: (request, signal) => peer.call("query", request, signal) as Promise<Relation>,
    rows: (request, signal) => peer.call("rows", request, signal) as Promise<Uint8Array>,
    put: (request, signal) => peer.call("put", request, signal) as Promise<Relation>,
    asset: (request, signal) => peer.call("asset", request, signal) as Promise<AssetValue>,
    file: (request, signal) => peer.call("file", request, signal) as Promise<FileContent>,
    fetch: (request, signal) => peer.call("fetch", request, signal) as Promise<ResourceResponse>,
    meta: (entry) => peer.emit("meta", entry),
    log: (entry) => peer.emit("log", entry),
  };
}
