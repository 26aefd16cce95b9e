import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { AppError } from "../../cells/errors.ts";

/**
 * One statement that writes many Parquet files gives all of them the same key-value metadata. So it is told one entry that nothing else
 * contains, and each file then gets its own in the place of it: the footer of a Parquet file is a struct of Thrift's compact protocol, in
 * which a list of texts can be replaced by another without a change of what stands around it. What comes out is what DuckDB writes when
 * it is told the entries itself (`test/server/engine/parquet-metadata.test.ts` compares the bytes).
 */
export class MetadataPlace {
  /** what the statement is told */
  readonly entries: Readonly<Record<string, string>>;
  readonly #bytes: Buffer;

  /** `token` is a text of ASCII letters and digits that the data does not contain. */
  constructor(token: string) {
    this.entries = { [token]: "" };
    this.#bytes = listOf(this.entries);
  }

  /** Writes the metadata of one file into its footer. The file is not synced. Throws `internal` where it has no place for it. */
  fill(path: string, metadata: Readonly<Record<string, string>>): void {
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      const end = Buffer.alloc(tailBytes);
      readSync(file, end, 0, tailBytes, Math.max(0, size - tailBytes));
      const length = end.readUInt32LE(0);
      const from = size - tailBytes - length;
      if (end.toString("latin1", 4) !== "PAR1" || from < 4) throw noPlace(path);
      const footer = Buffer.alloc(length);
      readSync(file, footer, 0, length, from);
      const at = footer.lastIndexOf(this.#bytes);
      if (at < 0) throw noPlace(path);
      const own = Object.keys(metadata).length === 0 ? Buffer.from([structList]) : listOf(metadata);
      const changed = Buffer.concat([footer.subarray(0, at), own, footer.subarray(at + this.#bytes.length)]);
      end.writeUInt32LE(changed.length, 0);
      const written = Buffer.concat([changed, end]);
      writeSync(file, written, 0, written.length, from);
      ftruncateSync(file, from + written.length);
    } finally {
      closeSync(file);
    }
  }
}

/** length of the footer, and `PAR1` */
const tailBytes = 8;
/** types and headers of Thrift's compact protocol */
const structList = 0x0c;
const longList = 0xf0;
const nextText = 0x18;
const structEnd = 0x00;

/** A list of `KeyValue {1: key, 2: value}`, without the header of the field that it is. */
function listOf(entries: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(entries);
  const head =
    pairs.length < 15 ? [(pairs.length << 4) | structList] : [longList | structList, ...varint(pairs.length)];
  return Buffer.concat([
    Buffer.from(head),
    ...pairs.flatMap(([key, value]) => [...textOf(key), ...textOf(value), Buffer.from([structEnd])]),
  ]);
}

function textOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  return [Buffer.from([nextText, ...varint(bytes.length)]), bytes];
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

function noPlace(path: string): AppError {
  return new AppError("internal", `the Parquet file ${path} has no place for its metadata`);
}
