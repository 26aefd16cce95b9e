import { typeOfKind, type CellKind } from "../model/cell.ts";
import type { Before, ExportFormat, FrameRequest, KeyStroke, NotebookCommand, OpenTarget } from "./document.ts";
import { isRecord } from "./envelope.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Reads what a frame sent, which may be anything: the notebook's own code runs in it. Null where it is no request. */
export function readFrameRequest(value: unknown): FrameRequest | null {
  if (!isRecord(value)) return null;
  const { type } = value;
  switch (type) {
    case "save":
    case "undo":
    case "redo":
      return { type };
    case "command": {
      const command = readCommand(value["command"]);
      return command && { type, command };
    }
    case "run": {
      const { cells } = value;
      return cells === null ? { type, cells } : isIds(cells) ? { type, cells } : null;
    }
    case "interrupt": {
      const { cell } = value;
      return cell === null || isId(cell) ? { type, cell } : null;
    }
    case "selected": {
      const { cell, editor } = value;
      return (cell === null || isId(cell)) && typeof editor === "boolean" ? { type, cell, editor } : null;
    }
    case "key": {
      const key = readKey(value["key"]);
      return key && { type, key };
    }
    case "open": {
      const target = readTarget(value["target"]);
      return target && { type, target };
    }
    case "copy": {
      const { text } = value;
      return isText(text) ? { type, text } : null;
    }
    case "problem": {
      const { message } = value;
      return isText(message) ? { type, message } : null;
    }
    case "copy-link":
    case "server-run": {
      const { cell } = value;
      return isId(cell) ? { type, cell } : null;
    }
    case "export": {
      const { cell, name, format } = value;
      return isId(cell) && (name === null || isText(name)) && isFormat(format) ? { type, cell, name, format } : null;
    }
    case "download": {
      const { name, mimeType, bytes } = value;
      return isText(name) && isText(mimeType) && bytes instanceof Uint8Array ? { type, name, mimeType, bytes } : null;
    }
    case "drop":
      return readDrop(value);
    case "pong": {
      const { id } = value;
      return typeof id === "number" ? { type, id } : null;
    }
    default:
      return null;
  }
}

function readCommand(value: unknown): NotebookCommand | null {
  if (!isRecord(value)) return null;
  const { type, cell } = value;
  switch (type) {
    case "edit": {
      const { source, edit } = value;
      return isId(cell) && isText(source) && typeof edit === "number" ? { type, cell, source, edit } : null;
    }
    case "edits": {
      const { edits } = value;
      const read = Array.isArray(edits) ? edits.map(readEdit) : [null];
      return read.every((edit) => edit !== null) ? { type, edits: read } : null;
    }
    case "insert": {
      const { before, kind, source, output, editor } = value;
      return isBefore(before) &&
        isKind(kind) &&
        isText(source) &&
        (output === null || isText(output)) &&
        typeof editor === "boolean"
        ? { type, before, kind, source, output, editor }
        : null;
    }
    case "remove": {
      const { cells } = value;
      return isIds(cells) ? { type, cells } : null;
    }
    case "move": {
      const { cells, before } = value;
      return isIds(cells) && isBefore(before) ? { type, cells, before } : null;
    }
    case "duplicate":
    case "merge":
      return isId(cell) ? { type, cell } : null;
    case "split": {
      const { at } = value;
      return isId(cell) && typeof at === "number" ? { type, cell, at } : null;
    }
    case "kind": {
      const { kind } = value;
      return isId(cell) && isKind(kind) ? { type, cell, kind } : null;
    }
    case "title": {
      const { title } = value;
      return isText(title) ? { type, title } : null;
    }
    case "attributes": {
      const attributes = readAttributes(value["attributes"]);
      return isId(cell) && attributes ? { type, cell, attributes } : null;
    }
    default:
      return null;
  }
}

function readEdit(value: unknown): { readonly cell: number; readonly source: string; readonly edit: number } | null {
  if (!isRecord(value)) return null;
  const { cell, source, edit } = value;
  return isId(cell) && isText(source) && typeof edit === "number" ? { cell, source, edit } : null;
}

function readAttributes(value: unknown): Readonly<Record<string, string | null>> | null {
  if (!isRecord(value)) return null;
  const result: Record<string, string | null> = {};
  for (const [name, text] of Object.entries(value)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name) || name === "id" || name === "type" || !(text === null || isText(text)))
      return null;
    result[name] = text;
  }
  return result;
}

function readKey(value: unknown): KeyStroke | null {
  if (!isRecord(value)) return null;
  const { key, ctrl, shift, alt, meta } = value;
  return isText(key) &&
    typeof ctrl === "boolean" &&
    typeof shift === "boolean" &&
    typeof alt === "boolean" &&
    typeof meta === "boolean"
    ? { key, ctrl, shift, alt, meta }
    : null;
}

function readTarget(value: unknown): OpenTarget | null {
  if (!isRecord(value)) return null;
  const { type, url, key, cell } = value;
  if (type === "url" && isText(url)) return { type, url };
  if (type === "asset" && isText(key)) return { type, key };
  if (type === "lineage" && isId(cell)) return { type, cell };
  return null;
}

function readDrop(value: Fields): FrameRequest | null {
  const { files, before } = value;
  if (!Array.isArray(files) || !isBefore(before)) return null;
  const read: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  for (const file of files) {
    if (!isRecord(file)) return null;
    const { name, bytes } = file;
    if (!isText(name) || !(bytes instanceof Uint8Array)) return null;
    read.push({ name, bytes });
  }
  return { type: "drop", files: read, before };
}

const formats: readonly ExportFormat[] = ["csv", "json", "arrow", "parquet", "svg", "png"];

function isFormat(value: unknown): value is ExportFormat {
  return formats.some((format) => format === value);
}

function isKind(value: unknown): value is CellKind {
  return typeof value === "string" && Object.hasOwn(typeOfKind, value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isId);
}

function isBefore(value: unknown): value is Before {
  return value === null || isId(value);
}
