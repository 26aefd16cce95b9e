import type { S3Bucket } from "./resource.ts";

/** The address of an object, or of the bucket where `key` is empty. */
export function s3Url(
  { endpoint, bucket, isPathStyle }: Pick<S3Bucket<string>, "endpoint" | "bucket" | "isPathStyle">,
  { key, query = {} }: { readonly key: string; readonly query?: Readonly<Record<string, string>> },
): URL {
  const origin = new URL(endpoint);
  if (!isPathStyle) origin.hostname = `${bucket}.${origin.hostname}`;
  const path = [...(isPathStyle ? [bucket] : []), ...key.split("/")].map(encode).join("/");
  const text = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return new URL(`${origin.origin}/${path}${text.length === 0 ? "" : `?${text.join("&")}`}`);
}

/** As SigV4 counts: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** SHA-256 of nothing: a GET has no body */
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The headers of a GET with its signature (AWS Signature Version 4); `now` in milliseconds since 1970. Without keys, as they are. */
export async function signS3(
  { keys, region }: Pick<S3Bucket<string>, "keys" | "region">,
  url: URL,
  headers: Readonly<Record<string, string>>,
  now: number,
): Promise<Readonly<Record<string, string>>> {
  if (keys === null) return headers;
  // only a process that asks a bucket needs it
  const { AwsV4Signer } = await import("aws4fetch");
  const { accessKey, secretKey, sessionToken } = keys;
  const signer = new AwsV4Signer({
    ...{ method: "GET", url: url.href, service: "s3", region, allHeaders: true },
    ...{ headers: { ...headers, "x-amz-content-sha256": emptyHash } },
    ...{ accessKeyId: accessKey, secretAccessKey: secretKey },
    ...(sessionToken === null ? {} : { sessionToken }),
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  return Object.fromEntries((await signer.sign()).headers);
}
