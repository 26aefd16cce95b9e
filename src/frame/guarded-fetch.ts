import { isGranted } from "../../cells/protocol/frame-address.ts";

/**
 * `fetch` that says why a request does not go: the policy of this document stops it, of which a browser tells scripts nothing. The policy
 * alone is the guard; this is its voice. Rejects with a `TypeError`, as `fetch` does.
 */
export function speakingFetch(hosts: readonly string[], send: typeof fetch, base: string): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input), base);
    if (url.origin === new URL(base).origin)
      throw new TypeError(
        `${url.pathname} is not fetched from the workspace; read it with FileAttachment(${JSON.stringify(url.pathname.slice(1))})`,
      );
    if ((url.protocol === "https:" || url.protocol === "http:") && !isGranted(hosts, url))
      throw new TypeError(refusal(hosts, url));
    try {
      return await send(input, init);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new TypeError(
        `${url.host} gave this notebook no answer (${cause.message}); it may be down, or it does not let pages of other origins read it (CORS)`,
        { cause },
      );
    }
  };
}

function refusal(hosts: readonly string[], { host, protocol }: URL): string {
  if (protocol === "http:" && isGranted(hosts, new URL(`https://${host}`)))
    return `${host} may be reached by https only; write the address with https`;
  const list = [...hosts, host].join(" ");
  return `${host} is not among the hosts that this notebook may reach; write <notebook hosts="${list}"> in its file and open it again, or save what it has beside the notebook and read it with FileAttachment`;
}
