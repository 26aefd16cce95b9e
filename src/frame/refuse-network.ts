import { AppError } from "../../cells/errors.ts";

/**
 * Makes `fetch` say what the policy of this page means for it, where a browser says "Failed to fetch" alone. It grants
 * and takes away nothing: the policy does.
 */
export function refuseNetwork(): void {
  const fetchHere = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (input, init) => {
    const written = input instanceof Request ? input.url : String(input);
    if (/^(?:blob|data):/i.test(written)) return fetchHere(input, init);
    const name =
      written
        .replace(/[?#].*$/s, "")
        .split("/")
        .at(-1) ?? "";
    const message = /^(?:https?:)?\/\//i.test(written)
      ? `${written} is on the network, which notebooks do not reach; save it beside the notebook and read it with FileAttachment(${JSON.stringify(name || "data.json")})`
      : `fetch reads no files here; write FileAttachment(${JSON.stringify(written)}) instead of fetch`;
    return Promise.reject(new AppError("forbidden", message, { data: { url: written } }));
  };
}
