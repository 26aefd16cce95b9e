import { boundText } from "../../cells/protocol/bound-values.ts";
import type { ResourcePort } from "../host/ports.ts";
import type { Api } from "./api.ts";

/** The resources that the notebook at `path` is granted, asked by the server. */
export function serverResources(path: string, api: Api): ResourcePort {
  return {
    async query(name, { cell, strings, params }, offsets, signal) {
      const request = {
        name,
        notebook: path,
        cell,
        strings: [...strings],
        offsets: [...offsets],
        params: boundText(params),
      };
      const response = await api.open("queryResource", request, undefined, signal);
      return new Uint8Array(await response.arrayBuffer());
    },
    async fetch({ resource, headers, ...request }, signal) {
      const asked = { name: resource, notebook: path, ...request, headers: { ...headers } };
      const { body, ...answer } = await api.call("fetchResource", asked, signal);
      return { ...answer, bytes: Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)) };
    },
  };
}
