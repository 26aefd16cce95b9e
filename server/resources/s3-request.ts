import { rm } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import { type HttpResponse, sendRequest } from "./http-request.ts";
import type { CallOptions, S3Bucket } from "./resource.ts";
import { textIn } from "./s3-list.ts";
import { s3Url, signS3 } from "./s3-sign.ts";

/** What is asked of a bucket. */
interface S3Request {
  /** whole name of an object, the prefix in it; empty is the bucket */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** where the body of a success is written to */
  readonly target?: string;
}

/** Time, as far as asking again needs it. */
export interface S3Time {
  /** milliseconds since 1970 */
  now(): number;
  pause(ms: number): Promise<void>;
}

const mostTries = 5;
const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * Gets something of a bucket, signed with its keys (SigV4). A server that is busy (429, 500, 502, 503, 504) or breaks off is asked
 * again after 0.2 s, 0.4 s …, or after what it says. Answers with any other status; throws `forbidden`, `resource_failed`.
 */
export async function getS3(
  bucket: S3Bucket<string>,
  request: S3Request,
  options: CallOptions,
  time: S3Time,
): Promise<HttpResponse> {
  const until = time.now() + options.timeoutMs;
  for (let tries = 1; ; tries++) {
    const left = until - time.now();
    let pauseMs = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
    try {
      const url = s3Url(bucket, request);
      const response = await sendRequest(
        {
          ...{ url, method: "GET", body: null, isPrivate: bucket.isPrivate },
          headers: await signS3(bucket, url, request.headers ?? {}, time.now()),
          ...(request.target === undefined ? {} : { target: request.target }),
        },
        { ...options, timeoutMs: Math.max(1, left) },
      );
      const isBusy = [429, 500, 502, 503, 504].includes(response.status);
      if (!isBusy || tries === mostTries) return response;
      const wanted = Number(response.headers["retry-after"]);
      if (wanted > 0) pauseMs = Math.min(wanted * 1000, longestPauseMs);
    } catch (error) {
      const isBroken = error instanceof AppError && /: (ECONNRESET|EPIPE|aborted|socket hang up)$/.test(error.message);
      if (!isBroken || tries === mostTries) throw error;
      if (request.target !== undefined) await rm(request.target, { force: true });
    }
    if (time.now() + pauseMs >= until)
      throw new AppError(
        "resource_failed",
        `resource ${options.name} was busy for ${options.timeoutMs / 1000} s; try again later, or give it a longer "timeout" in cellar.json`,
        { data: { resource: options.name } },
      );
    await time.pause(pauseMs);
  }
}

/** What an answer that is no success says, as an error. */
export function refusal(
  { status, headers, bytes }: HttpResponse,
  { bucket, region }: S3Bucket<string>,
  what: string,
  { name }: CallOptions,
): AppError {
  const body = bytes.toString("utf8");
  const code = textIn(body, "Code") ?? `status ${status}`;
  const elsewhere = headers["x-amz-bucket-region"] ?? textIn(body, "Region");
  const says = textIn(body, "Message");
  return new AppError(
    status === 401 || status === 403 ? "forbidden" : "resource_failed",
    `resource ${name} answered ${what} with ${code}${says === null ? "" : ` (${says})`}${adviceOf(code, status)}`,
    { data: { resource: name, status } },
  );

  function adviceOf(found: string, of: number): string {
    if (elsewhere !== null && elsewhere !== undefined && elsewhere !== region)
      return `; the bucket is in ${elsewhere}, write "region": "${elsewhere}" in cellar.json`;
    if (found === "NoSuchBucket") return `; check "bucket": ${JSON.stringify(bucket)} in cellar.json`;
    if (found === "RequestTimeTooSkewed") return "; set this machine's clock";
    if (found === "NoSuchKey") return "; check its name, resource(…).list() has those that are there";
    return of === 401 || of === 403 ? '; check "accessKey" and "secretKey", and what they may read' : "";
  }
}
