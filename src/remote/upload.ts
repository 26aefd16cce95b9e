import { fillPath } from "../../cells/api/client.ts";
import { routes } from "../../cells/api/routes.ts";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** Sends a file without reading it into memory. Resolves to the name that it got: one that is taken gets a number. */
export async function upload(file: File, token: string | null, signal: AbortSignal): Promise<string> {
  const { path } = fillPath(routes.putFile.path, { name: file.name });
  const response = await fetch(path, {
    method: routes.putFile.method,
    headers: {
      "content-type": "application/octet-stream",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: file,
    credentials: "omit",
    signal,
  }).catch((cause: unknown) => {
    throw new AppError("not_found", "the server does not answer; start it again with cellar serve", {
      cause,
      data: { unreachable: true },
    });
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && isRecord(answer) && typeof answer["name"] === "string") return answer["name"];
  const message =
    isRecord(answer) && typeof answer["message"] === "string"
      ? answer["message"]
      : `the server answered ${response.status}`;
  throw new AppError(response.status === 413 ? "payload_too_large" : "usage", message);
}
