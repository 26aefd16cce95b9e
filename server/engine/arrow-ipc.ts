import { AppError } from "../../cells/errors.ts";

/** One encapsulated message of an Arrow IPC stream (Arrow columnar format 1.5, "Encapsulated message format"). */
export interface IpcMessage {
  readonly type: "schema" | "dictionary" | "batch";
  /** prefix, length, metadata and padding */
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Where a message of a file is: the `Block` of its footer. */
export interface IpcBlock {
  readonly offset: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

const continuation = 0xffffffff;
/** Continuation and a length of zero: the end of a stream. */
export const endOfStream: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
/** What an Arrow file begins with, padded to 8 bytes. */
export const fileMagic: Uint8Array = Uint8Array.of(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0);

/** The messages of a stream, in order; views of its bytes. Throws `internal` for what is no stream. */
export function* messagesOf(stream: Uint8Array): Generator<IpcMessage> {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  for (let at = 0; at + 8 <= stream.length;) {
    if (view.getUint32(at, true) !== continuation) throw new AppError("internal", `no Arrow message at byte ${at}`);
    const metadataBytes = view.getInt32(at + 4, true);
    if (metadataBytes === 0) return;
    const headEnd = at + 8 + metadataBytes;
    const { type, bodyBytes } = readMetadata(stream.subarray(at + 8, headEnd));
    yield { type, head: stream.subarray(at, headEnd), body: stream.subarray(headEnd, headEnd + bodyBytes) };
    at = headEnd + bodyBytes;
  }
}

/**
 * The end of a file: the end of its stream, a `Footer` that has the schema of `schemaHead` and where each batch is, the
 * footer's length, the magic. The flatbuffer is laid out by hand: the schema message is embedded whole, and the footer
 * points into it, since every offset within a flatbuffer is relative.
 */
export function footerOf(schemaHead: Uint8Array, batches: readonly IpcBlock[]): Uint8Array {
  const message = schemaHead.subarray(8);
  // root offset | vtable | table | batches: count, then structs of 24 bytes at a multiple of 8 | message
  const [vtableAt, tableAt, countAt, blocksAt] = [4, 16, 36, 40];
  const messageAt = blocksAt + batches.length * 24;
  const footer = new Uint8Array(messageAt + message.length);
  const view = new DataView(footer.buffer);
  view.setUint32(0, tableAt, true);
  // Footer {version: short, schema: Schema, dictionaries: [Block], recordBatches: [Block]}
  const slots = [12, 16, 12, 4, 0, 8];
  slots.forEach((slot, i) => view.setUint16(vtableAt + i * 2, slot, true));
  view.setInt32(tableAt, tableAt - vtableAt, true);
  view.setUint32(tableAt + 4, messageAt + headerTableOf(message) - (tableAt + 4), true);
  view.setUint32(tableAt + 8, countAt - (tableAt + 8), true);
  view.setInt16(tableAt + 12, metadataV5, true);
  view.setUint32(countAt, batches.length, true);
  batches.forEach(({ offset, headBytes, bodyBytes }, i) => {
    const at = blocksAt + i * 24;
    view.setBigInt64(at, BigInt(offset), true);
    view.setInt32(at + 8, headBytes, true);
    view.setBigInt64(at + 16, BigInt(bodyBytes), true);
  });
  footer.set(message, messageAt);
  const end = new Uint8Array(endOfStream.length + footer.length + 4 + 6);
  end.set(endOfStream);
  end.set(footer, endOfStream.length);
  new DataView(end.buffer).setInt32(endOfStream.length + footer.length, footer.length, true);
  end.set(fileMagic.subarray(0, 6), end.length - 6);
  return end;
}

const metadataV5 = 4;

/**
 * The stream that a file holds, in one piece: its schema from the footer, since some writers (Arrow's own JavaScript) put
 * it nowhere else, then dictionaries, then batches. Throws `query_failed` where the footer is broken.
 */
export function streamOfFile(file: Uint8Array): Uint8Array {
  const end = file.length - 10;
  const length = end < 0 ? 0 : new DataView(file.buffer, file.byteOffset).getInt32(end, true);
  if (length <= 0 || length > end - 8)
    throw new AppError("query_failed", "the Arrow file is cut off: it has no footer; write it again");
  const footer = new Uint8Array(file.subarray(end - length, end));
  const view = new DataView(footer.buffer);
  const root = view.getUint32(0, true);
  const parts = [schemaMessageOf(footer, view, root)];
  for (const field of [2, 3])
    for (const { offset, headBytes, bodyBytes } of blocksOf(view, root, field))
      parts.push(file.subarray(offset, offset + headBytes + bodyBytes));
  parts.push(endOfStream);
  const stream = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    stream.set(part, at);
    at += part.length;
  }
  return stream;
}

/** A schema message that points into the footer, which is embedded whole, as `footerOf` does the other way round. */
function schemaMessageOf(footer: Uint8Array, view: DataView, root: number): Uint8Array {
  const schemaAt = fieldOf(view, root, 1);
  if (schemaAt === 0) throw new AppError("query_failed", "the footer of the Arrow file has no schema; write it again");
  const [vtableAt, tableAt, footerAt] = [4, 16, 40];
  const message = new Uint8Array((footerAt + footer.length + 7) & ~7);
  const out = new DataView(message.buffer);
  out.setUint32(0, tableAt, true);
  // Message {version: short, header_type: ubyte, header, bodyLength: long}
  const slots = [12, 20, 16, 18, 4, 8];
  slots.forEach((slot, i) => out.setUint16(vtableAt + i * 2, slot, true));
  out.setInt32(tableAt, tableAt - vtableAt, true);
  out.setUint32(tableAt + 4, footerAt + schemaAt + view.getUint32(schemaAt, true) - (tableAt + 4), true);
  out.setInt16(tableAt + 16, metadataV5, true);
  out.setUint8(tableAt + 18, 1);
  message.set(footer, footerAt);
  const head = new Uint8Array(8 + message.length);
  const prefix = new DataView(head.buffer);
  prefix.setUint32(0, continuation, true);
  prefix.setInt32(4, message.length, true);
  head.set(message, 8);
  return head;
}

function* blocksOf(view: DataView, root: number, field: number): Generator<IpcBlock> {
  const at = fieldOf(view, root, field);
  if (at === 0) return;
  const count = at + view.getUint32(at, true);
  for (let i = 0; i < view.getUint32(count, true); i++) {
    const block = count + 4 + i * 24;
    yield {
      offset: Number(view.getBigInt64(block, true)),
      headBytes: view.getInt32(block + 8, true),
      bodyBytes: Number(view.getBigInt64(block + 16, true)),
    };
  }
}

/** Reads a `Message` flatbuffer: {version, header_type, header, bodyLength}. */
function readMetadata(bytes: Uint8Array): { readonly type: IpcMessage["type"]; readonly bodyBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = view.getUint32(0, true);
  const typeAt = fieldOf(view, table, 1);
  const bodyAt = fieldOf(view, table, 3);
  const types: readonly (IpcMessage["type"] | undefined)[] = [undefined, "schema", "dictionary", "batch"];
  const type = types[typeAt === 0 ? 0 : view.getUint8(typeAt)];
  if (type === undefined) throw new AppError("internal", "an Arrow message is of an unknown type");
  return { type, bodyBytes: bodyAt === 0 ? 0 : Number(view.getBigInt64(bodyAt, true)) };
}

/** Where in a `Message` its header table begins. */
function headerTableOf(message: Uint8Array): number {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const at = fieldOf(view, view.getUint32(0, true), 2);
  return at + view.getUint32(at, true);
}

/** Where the value of a table's field is, or 0 where the table has none. */
function fieldOf(view: DataView, table: number, field: number): number {
  const vtable = table - view.getInt32(table, true);
  const entry = 4 + field * 2;
  const offset = entry < view.getUint16(vtable, true) ? view.getUint16(vtable + entry, true) : 0;
  return offset === 0 ? 0 : table + offset;
}
