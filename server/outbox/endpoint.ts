import { AppError, messageOf } from "../../cells/errors.ts";
import { redactor } from "../resources/redact.ts";
import type { SecretSource } from "../resources/secrets.ts";
import type { ConfigObject, Setting } from "../workspace/config-object.ts";
import { Refused } from "./refused.ts";
import { SecretValues } from "./secret-values.ts";

/** Where events are posted to. */
export interface Endpoint {
  /** chat services have a secret in their address */
  readonly url: Setting;
  readonly headers: Readonly<Record<string, Setting>>;
  /** whether it may be an address of this machine or of a private network */
  readonly isPrivate: boolean;
}

/** Sends a JSON document. Throws where it was not taken: `Refused` where this document never will be. */
export type Post = (what: string, endpoint: Endpoint, body: unknown) => Promise<void>;

/** Reads `url`, `headers` and `private` of an object. */
export function readEndpoint(read: ConfigObject): Endpoint | null {
  const node = read.members.get("url");
  if (node === undefined)
    return read.wrong(read.node, 'has no "url"; give it an address, or {"secret": "NAME"} where the address is one');
  const url = read.setting(node, "url");
  const headers = read.headers();
  const isPrivate = read.flag("private", false);
  if (url === null) return null;
  const problem = url.type === "text" ? problemOfUrl(url.text) : null;
  return problem === null ? { url, headers, isPrivate } : read.wrong(node, `has a url that cannot be used: ${problem}`);
}

function problemOfUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return `${JSON.stringify(text)} does not begin with https://`;
  return url.username === "" && url.password === "" ? null : "it has a password; write it as a header with a secret";
}

const timeoutMs = 15_000;
const maxBytes = 1024 * 1024;
// it is the message that they mind; a login, an address or a receiver that is down (401, 403, 404, 5xx) can be mended
const refusedForGood: readonly number[] = [400, 410, 413, 422];

/** Posts with the rules of resources: addresses are looked at before they are connected to, and errors name no secret. */
export function createPost(secrets: SecretSource): Post {
  return async (what, { url, headers, isPrivate }, body) => {
    const values = new SecretValues(what, secrets);
    const address = await values.of(url);
    const sent: Record<string, string> = { "content-type": "application/json" };
    for (const [name, setting] of Object.entries(headers)) sent[name] = await values.of(setting);
    const redact = redactor(values.used);
    const problem = problemOfUrl(address);
    if (problem !== null) throw new AppError("resource_failed", `${what} has an address that cannot be used`);
    const text = JSON.stringify(body);
    // most workspaces post nothing
    const { sendRequest } = await import("../resources/http-request.ts");
    try {
      const { status } = await sendRequest(
        { url: new URL(address), method: "POST", headers: sent, body: text, isPrivate },
        { name: what, temporary: "", timeoutMs, maxBytes, redact },
      );
      if (refusedForGood.includes(status)) throw new Refused(`${what} was answered with status ${status}`);
      if (status >= 300) throw new AppError("resource_failed", `${what} was answered with status ${status}`);
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new AppError("resource_failed", redact(messageOf(error)));
    }
  };
}
