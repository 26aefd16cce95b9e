import { errorCodes, type ErrorCode, type ErrorData, type WireError } from "../errors.ts";

/** What crosses a channel. A call is answered by one `result` or `failure` with its id, unless the channel closes first. */
export type Envelope =
  | { readonly type: "call"; readonly id: number; readonly method: string; readonly request: unknown }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly error: WireError }
  | { readonly type: "event"; readonly name: string; readonly payload: unknown };

/** Reads what came in from a place that is not trusted. Null where it is no envelope. */
export function readEnvelope(message: unknown): Envelope | null {
  if (!isRecord(message)) return null;
  const { type, id } = message;
  if (type === "event") {
    const { name, payload } = message;
    return typeof name === "string" ? { type, name, payload } : null;
  }
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return null;
  switch (type) {
    case "call": {
      const { method, request } = message;
      return typeof method === "string" ? { type, id, method, request } : null;
    }
    case "cancel":
      return { type, id };
    case "result":
      return { type, id, value: message["value"] };
    case "failure": {
      const error = readWireError(message["error"]);
      return error === null ? null : { type, id, error };
    }
    default:
      return null;
  }
}

/** Reads an error that crossed a boundary. An unknown code becomes null. */
export function readWireError(value: unknown): WireError | null {
  if (!isRecord(value)) return null;
  const { name, code, message, data } = value;
  if (typeof name !== "string" || typeof message !== "string") return null;
  return { name, code: isErrorCode(code) ? code : null, message, data: readErrorData(data) };
}

function readErrorData(value: unknown): ErrorData {
  if (!isRecord(value)) return {};
  const data: Record<string, string | number | boolean | null> = {};
  for (const [key, item] of Object.entries(value))
    if (item === null || typeof item === "string" || typeof item === "number" || typeof item === "boolean")
      data[key] = item;
  return data;
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
