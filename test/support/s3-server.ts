import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that speaks as much of S3 as reading needs, and looks at every signature as the specification says. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** what was asked, `GET /bucket/key?query`, refused ones too */
  readonly asked: string[];
  /** answers to give first, one a request */
  readonly refuse: ((response: ServerResponse) => void)[];
}

export interface S3Files {
  readonly bucket: string;
  readonly objects: Readonly<Record<string, string | Uint8Array>>;
  readonly region?: string;
  /** null: everybody may read */
  readonly keys: { readonly accessKey: string; readonly secretKey: string } | null;
  /** of a page of the list */
  readonly pageSize?: number;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startS3Server(files: S3Files): Promise<S3Server> {
  const asked: string[] = [];
  const refuse: ((response: ServerResponse) => void)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const refused = refuse.shift();
    if (refused) return refused(response);
    answer(files, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    refuse,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** An error as S3 says it. */
export function s3Error(response: ServerResponse, status: number, code: string, more = "", headers = {}): void {
  response
    .writeHead(status, { "content-type": "application/xml", ...headers })
    .end(
      `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>it says ${code} &amp; no</Message>${more}</Error>`,
    );
}

function answer(files: S3Files, request: IncomingMessage, response: ServerResponse): void {
  const { bucket, objects, keys, region = "us-east-1", pageSize = 1000 } = files;
  const url = new URL(request.url ?? "", "http://x");
  if (keys !== null) {
    const wrong = problemOfSignature(request, keys, region);
    if (wrong !== null) return s3Error(response, 403, wrong, `<AWSAccessKeyId>${keys.accessKey}</AWSAccessKeyId>`);
  }
  const [, first = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
  if (first !== bucket) return s3Error(response, 404, "NoSuchBucket");
  const key = rest.join("/");
  if (key !== "") {
    const body = Object.hasOwn(objects, key) ? objects[key] : undefined;
    if (body === undefined) return s3Error(response, 404, "NoSuchKey", `<Key>${key}</Key>`);
    return void response.writeHead(200, { "content-type": "binary/octet-stream" }).end(body);
  }
  const prefix = url.searchParams.get("prefix") ?? "";
  const all = Object.keys(objects)
    .filter((name) => name.startsWith(prefix))
    .sort();
  const from = Number(url.searchParams.get("continuation-token") ?? 0);
  const size = Math.min(pageSize, Number(url.searchParams.get("max-keys") ?? 1000));
  const encode = (name: string) =>
    url.searchParams.get("encoding-type") === "url"
      ? encodeURIComponent(name).replaceAll("%20", "+").replaceAll("%2F", "/")
      : name;
  const contents = all
    .slice(from, from + size)
    .map(
      (name) =>
        `<Contents><Key>${encode(name)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>${Buffer.byteLength(objects[name] ?? "")}</Size></Contents>`,
    );
  const isMore = from + size < all.length;
  response
    .writeHead(200, { "content-type": "application/xml" })
    .end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><IsTruncated>${isMore}</IsTruncated>${contents.join("")}${isMore ? `<NextContinuationToken>${from + size}</NextContinuationToken>` : ""}</ListBucketResult>`,
    );
}

/** Signature Version 4, from the other side: what is wrong, as a code of S3; null where the signature is right. */
function problemOfSignature(
  { method = "", url = "", headers }: IncomingMessage,
  keys: NonNullable<S3Files["keys"]>,
  region: string,
): string | null {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (found === null) return "AccessDenied";
  const [, access, day = "", signedRegion, names = "", signature] = found;
  if (access !== keys.accessKey) return "InvalidAccessKeyId";
  if (signedRegion !== region) return "AuthorizationHeaderMalformed";
  const at = String(headers["x-amz-date"]);
  const signed = names.split(";");
  // host and all of x-amz- have to be signed
  if (
    !signed.includes("host") ||
    Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signed.includes(name))
  )
    return "AccessDenied";
  const [path = "", query = ""] = url.split("?");
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const canonical = [
    ...[method, path, query.split("&").sort().join("&")],
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, " ")}`),
    ...["", names, String(headers["x-amz-content-sha256"])],
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = ["s3", "aws4_request"].reduce<Buffer>(hmac, hmac(hmac(`AWS4${keys.secretKey}`, day), region));
  const expected = hmac(key, ["AWS4-HMAC-SHA256", at, scope, hash(canonical)].join("\n")).toString("hex");
  return at.startsWith(day) && expected === signature ? null : "SignatureDoesNotMatch";
}
