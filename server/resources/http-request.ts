import { createWriteStream } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { pipeline } from "node:stream/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { AppError, messageOf } from "../../cells/errors.ts";
import { checkAddress, checkedLookup } from "./checked-lookup.ts";
import { tooLarge } from "./line-writer.ts";
import type { CallOptions } from "./resource.ts";

/** What is sent where. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** whether addresses of this machine and of private networks are reached */
  readonly isPrivate: boolean;
  /** a file that does not exist yet, for the body of a success, which is then not held in memory, nor unpacked */
  readonly target?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const mostRedirects = 5;

/**
 * Sends a request. A name is resolved once, its addresses are looked at, and the connection goes to those: a name that resolves
 * differently the next time reaches nothing else. Redirects are followed at the same origin alone, since the headers may hold secrets.
 * Throws `forbidden`, `resource_failed`.
 */
export async function sendRequest(request: HttpRequest, options: CallOptions): Promise<HttpResponse> {
  let { url } = request;
  const until = AbortSignal.timeout(options.timeoutMs);
  for (let redirects = 0; ; redirects++) {
    const response = await sendOnce({ ...request, url }, options, until);
    const { location } = response.headers;
    const to = isRedirect(response.status) && location !== undefined ? URL.parse(location, url.href) : null;
    if (to === null || request.method !== "GET") return response;
    if (to.origin !== url.origin)
      throw new AppError(
        "forbidden",
        `resource ${options.name} answered with a redirect to another origin, ${to.origin}, which is not followed; make that a resource of its own`,
        { data: { resource: options.name } },
      );
    if (redirects === mostRedirects) throw failed(options, `it redirected ${mostRedirects} times`, null);
    url = to;
  }
}

function sendOnce(
  { url, method, headers, body, isPrivate, target }: HttpRequest,
  options: CallOptions,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const what = `resource ${options.name}`;
  if (isIP(host)) checkAddress(host, host, isPrivate, what);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(error instanceof AppError ? error : failed(options, reasonOf(error, signal, options), error));
    const sent = send(
      url,
      {
        method,
        headers: {
          accept: "*/*",
          "accept-encoding": target === undefined ? "gzip, br" : "identity",
          "user-agent": "cellar",
          ...headers,
        },
        lookup: checkedLookup(isPrivate, what),
        agent: false,
        signal,
      },
      (response) => read(response, target, options).then(resolve, fail),
    );
    sent.on("error", fail);
    sent.end(body ?? undefined);
  });
}

async function read(
  response: IncomingMessage,
  target: string | undefined,
  options: CallOptions,
): Promise<HttpResponse> {
  const { statusCode: status = 0 } = response;
  const headers = headersOf(response);
  if (target === undefined || status < 200 || status > 299) {
    const parts: Buffer[] = [];
    for await (const part of limited(response, options)) parts.push(part);
    const packed = Buffer.concat(parts);
    return { status, headers, bytes: unpack(packed, response.headers["content-encoding"], options) };
  }
  await pipeline(limited(response, options), createWriteStream(target, { flags: "wx", mode: 0o600 }));
  return { status, headers, bytes: Buffer.alloc(0) };
}

/** The parts of a body. Throws `resource_failed` where it is larger than it may be, or ends early. */
async function* limited(response: IncomingMessage, options: CallOptions): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > options.maxBytes) {
      response.destroy();
      throw tooLarge(options);
    }
    yield part;
  }
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === "set-cookie" ? [] : [[name, String(value)] as const],
    ),
  );
}

function unpack(bytes: Buffer, encoding: string | undefined, options: CallOptions): Buffer {
  if (bytes.length === 0 || encoding === undefined || encoding === "identity") return bytes;
  try {
    if (encoding === "gzip") return gunzipSync(bytes, { maxOutputLength: options.maxBytes });
    if (encoding === "br") return brotliDecompressSync(bytes, { maxOutputLength: options.maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(options);
    throw failed(options, `its ${encoding} is damaged`, error);
  }
  throw failed(options, `it is encoded as ${encoding}, which was not asked for`, null);
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function reasonOf(error: unknown, signal: AbortSignal, { timeoutMs }: CallOptions): string {
  if (signal.aborted)
    return `it did not answer within ${timeoutMs / 1000} s; give it a longer "timeout" in cellar.json`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name is not known; check its url";
  if (code === "ECONNREFUSED") return "nothing listens there; check its url, or start it";
  return code ?? messageOf(error);
}

function failed({ name, redact }: CallOptions, why: string, cause: unknown): AppError {
  return new AppError("resource_failed", redact(`resource ${name} could not be asked: ${why}`), {
    data: { resource: name },
    cause,
  });
}
