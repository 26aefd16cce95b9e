import { AppError } from "../errors.ts";
import type { Metadata, MetadataValue } from "../model/metadata.ts";

/** What is kept of metadata: more is refused, so that a history stays readable. */
const metadataLimits = { names: 50, nameLength: 100, bytes: 256 * 1024, tableRows: 1000 } as const;

/** Names of the types that an author can ask for by name, as in `meta.markdown("…")`. */
const namedTypes = ["markdown", "url", "table", "image", "json", "text", "number"] as const;
type NamedType = (typeof namedTypes)[number];

/** A value whose type its author named. It is plain data, so that it crosses every boundary. */
export interface NamedValue {
  readonly $metadata: NamedType;
  readonly value: unknown;
}

/**
 * Reads named values as typed ones: numbers, texts, arrays of objects as tables, the rest as JSON, and what the author named as
 * that. Throws `usage` with the name of what is wrong or too large.
 */
export function toMetadata(values: Readonly<Record<string, unknown>>): Metadata {
  const entries = Object.entries(values);
  if (entries.length > metadataLimits.names)
    throw wrong(`has ${entries.length} names`, `keep at most ${metadataLimits.names}`);
  const metadata = Object.fromEntries(
    entries.map(([name, value]) => {
      if (name.trim() === "" || name.length > metadataLimits.nameLength)
        throw wrong(`has the name ${JSON.stringify(name.slice(0, 120))}`, "write a short one");
      return [name, toMetadataValue(name, value)];
    }),
  );
  const bytes = JSON.stringify(metadata).length;
  if (bytes > metadataLimits.bytes)
    throw wrong(`takes ${bytes} bytes`, `keep it below ${metadataLimits.bytes}; store what is larger as an asset`);
  return metadata;
}

function toMetadataValue(name: string, value: unknown): MetadataValue {
  if (isNamed(value)) return named(name, value);
  if (typeof value === "number") return named(name, { $metadata: "number", value });
  if (typeof value === "bigint") return named(name, { $metadata: "number", value: Number(value) });
  if (typeof value === "string") return { type: "text", value };
  if (value instanceof Date) return { type: "text", value: dateText(name, value) };
  if (value instanceof URL) return named(name, { $metadata: "url", value: value.href });
  if (Array.isArray(value) && value.length > 0 && value.every(isPlain)) return toTable(name, value);
  return toJson(name, value);
}

function named(name: string, { $metadata: type, value }: NamedValue): MetadataValue {
  switch (type) {
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrongValue(name, value, "a finite number");
      return { type, value };
    case "text":
    case "markdown":
      if (typeof value !== "string") throw wrongValue(name, value, "a text");
      return { type, value };
    case "url":
      return { type, value: safeUrl(name, value) };
    case "image":
      if (typeof value !== "string" || !/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(value))
        throw wrongValue(name, value, "a data:image/png, jpeg, gif, webp or svg+xml URL");
      return { type, value };
    case "table":
      if (!Array.isArray(value) || !value.every(isPlain)) throw wrongValue(name, value, "an array of objects");
      return toTable(name, value);
    case "json":
      return toJson(name, value);
  }
}

function toTable(name: string, rows: readonly Readonly<Record<string, unknown>>[]): MetadataValue {
  if (rows.length > metadataLimits.tableRows)
    throw wrong(`holds ${rows.length} rows under ${name}`, `keep at most ${metadataLimits.tableRows}`);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { type: "table", columns, rows: rows.map((row) => columns.map((column) => toCell(name, row[column]))) };
}

function toCell(name: string, value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return dateText(name, value);
  return JSON.stringify(value);
}

/** A value as JSON has it. */
function toJson(name: string, value: unknown): MetadataValue {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw wrongValue(name, value, "what JSON can hold", cause);
  }
  if (text === undefined) throw wrongValue(name, value, "what JSON can hold");
  return { type: "json", value: JSON.parse(text) as unknown };
}

function safeUrl(name: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^(?:https?|mailto):$/.test(url.protocol))
    throw wrongValue(name, value, "an http, https or mailto URL");
  return url.href;
}

function dateText(name: string, value: Date): string {
  if (Number.isNaN(value.getTime())) throw wrongValue(name, value, "a date");
  return value.toISOString();
}

function isNamed(value: unknown): value is NamedValue {
  return isPlain(value) && namedTypes.some((type) => type === value["$metadata"]) && "value" in value;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function wrongValue(name: string, value: unknown, wanted: string, cause?: unknown): AppError {
  return new AppError(
    "usage",
    `metadata ${name} is ${typeof value === "object" ? "an object" : String(value)}, not ${wanted}`,
    {
      cause,
    },
  );
}

function wrong(fact: string, advice: string): AppError {
  return new AppError("usage", `metadata ${fact}; ${advice}`);
}

/** Reads metadata that came from a place that is not trusted. Throws `usage` for what is none, or too large. */
export function readMetadata(value: unknown): Metadata {
  if (!isPlain(value)) throw wrong("is no object", "give names with their values");
  return toMetadata(Object.fromEntries(Object.entries(value).map(([name, typed]) => [name, again(name, typed)])));
}

/** A typed value as its author would name it, so that it is looked at as at first. */
function again(name: string, typed: unknown): NamedValue {
  const { type, value, columns, rows } = isPlain(typed) ? typed : {};
  const known = namedTypes.find((candidate) => candidate === type);
  if (known === undefined) throw wrong(`${name} has no type that is known`, `write one of ${namedTypes.join(", ")}`);
  if (known !== "table") return { $metadata: known, value };
  if (!Array.isArray(columns) || !Array.isArray(rows)) throw wrongValue(name, typed, "a table");
  const objects = rows.map((row: unknown) =>
    Object.fromEntries(columns.map((column, i) => [String(column), Array.isArray(row) ? (row[i] as unknown) : null])),
  );
  return { $metadata: "table", value: objects };
}
