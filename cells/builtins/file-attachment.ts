import { decodeArrow } from "../data/arrow.ts";
import { parseDsv, parseDsvRows } from "../data/dsv.ts";
import { AppError } from "../errors.ts";
import type { FileContent, KernelHost } from "../protocol/host.ts";
import type { CellScope } from "./scoped.ts";
import { queryRows } from "./sql-tag.ts";

/** How a delimited text is read. `typed` is `true` for each value by itself, `"auto"` for each column. */
interface DsvOptions {
  readonly delimiter?: string;
  /** rows as arrays, without a header */
  readonly array?: boolean;
  readonly typed?: boolean | "auto";
}

/** A file of the workspace, as Observable's `FileAttachment` gives it. Nothing is read before a method is called. */
export interface FileAttachment {
  readonly name: string;
  readonly mimeType: string;
  url(): Promise<string>;
  blob(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(encoding?: string): Promise<string>;
  json(): Promise<unknown>;
  stream(): Promise<unknown>;
  dsv(options?: DsvOptions): Promise<unknown>;
  csv(options?: DsvOptions): Promise<unknown>;
  tsv(options?: DsvOptions): Promise<unknown>;
  image(properties?: Readonly<Record<string, unknown>>): Promise<unknown>;
  xml(mimeType?: string): Promise<unknown>;
  html(): Promise<unknown>;
  arrow(): Promise<unknown>;
  parquet(): Promise<unknown>;
  arquero(options?: unknown): Promise<unknown>;
  sqlite(): Promise<never>;
  xlsx(): Promise<never>;
  zip(): Promise<never>;
}

/** `FileAttachment("name")` of cells. */
export function fileAttachment(
  host: KernelHost,
  scope: CellScope,
  libraries: Readonly<Record<string, () => unknown>>,
): (name: string) => FileAttachment {
  return (name) => {
    if (typeof name !== "string") throw new AppError("usage", "FileAttachment needs the name of a file as text");
    return attach(host, scope, libraries, name.replace(/^\.\//, ""));
  };
}

function attach(
  host: KernelHost,
  scope: CellScope,
  libraries: Readonly<Record<string, () => unknown>>,
  name: string,
): FileAttachment {
  const read = (): Promise<FileContent> => host.file({ name }, scope.signal);
  const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array((await read()).bytes);
  const text = async (encoding = "utf-8"): Promise<string> => new TextDecoder(encoding).decode(await bytes());
  const blob = async (): Promise<Blob> => {
    const { bytes: content, mimeType } = await read();
    return new (platform("Blob", `${name} as a blob`))([content], { type: mimeType });
  };
  const url = async (): Promise<string> => platform("URL", `a URL of ${name}`).createObjectURL(await blob());
  const document = async (mimeType: string): Promise<unknown> =>
    new (platform("DOMParser", `${name} as a document`))().parseFromString(await text(), mimeType);
  const dsv = async ({ delimiter = ",", array = false, typed = false }: DsvOptions = {}): Promise<unknown> =>
    array ? parseDsvRows(await text(), { delimiter, typed }) : parseDsv(await text(), { delimiter, typed });
  const refuse = (what: string, instead: string) => async (): Promise<never> => {
    throw new AppError("type_unsupported", `${name} cannot be read as ${what} here; ${instead}`, {
      data: { file: name },
    });
  };
  return {
    name,
    mimeType: mimeTypeOf(name),
    url,
    blob,
    arrayBuffer: async () => (await bytes()).buffer,
    text,
    json: async () => JSON.parse(await text()) as unknown,
    stream: async () => (await blob()).stream(),
    dsv,
    csv: (options) => dsv({ ...options, delimiter: "," }),
    tsv: (options) => dsv({ ...options, delimiter: "\t" }),
    async image(properties = {}) {
      const image = new (platform("Image", `${name} as an image`))();
      Object.assign(image, properties, { src: await url() });
      await image.decode();
      return image;
    },
    xml: (mimeType = "application/xml") => document(mimeType),
    html: () => document("text/html"),
    arrow: async () => decodeArrow(await bytes()),
    parquet: () => queryRows(host, scope, [`SELECT * FROM '${name.replaceAll("'", "''")}'`], [], [], [name]),
    async arquero(options) {
      const library = await libraries["aq"]?.();
      const rows = /\.parquet$/i.test(name)
        ? await this.parquet()
        : /\.arrow$/i.test(name)
          ? await this.arrow()
          : /\.json$/i.test(name)
            ? await this.json()
            : await dsv({ delimiter: /\.tsv$/i.test(name) ? "\t" : ",", typed: true });
      const from: unknown = Reflect.get(Object(library), "from");
      if (typeof from !== "function") throw new AppError("cell_failed", "the library aq is not available here");
      return from(Symbol.iterator in Object(rows) ? [...(rows as Iterable<unknown>)] : rows, options) as unknown;
    },
    sqlite: refuse("an SQLite database", "export its tables as CSV or Parquet"),
    xlsx: refuse("a workbook", "save its sheets as CSV"),
    zip: refuse("an archive", "unpack it into the folder of the notebook"),
  };
}

interface Blob {
  stream(): unknown;
}

/** What attachments need of the platform; each is there in a page, and most in Node. */
interface Platform {
  readonly Blob: new (parts: readonly Uint8Array[], options: { readonly type: string }) => Blob;
  readonly URL: { createObjectURL(blob: Blob): string };
  readonly DOMParser: new () => { parseFromString(text: string, mimeType: string): unknown };
  readonly Image: new () => { decode(): Promise<void> };
}

function platform<K extends keyof Platform>(name: K, what: string): Platform[K] {
  const found: Platform[K] | undefined = Reflect.get(Object(globalThis), name);
  if (found === undefined)
    throw new AppError("type_unsupported", `${what} needs a page; it is not available on the server`);
  return found;
}

function mimeTypeOf(name: string): string {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return mimeTypes[extension] ?? "application/octet-stream";
}

const mimeTypes: Readonly<Record<string, string>> = {
  arrow: "application/vnd.apache.arrow.stream",
  csv: "text/csv",
  gif: "image/gif",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  md: "text/markdown",
  parquet: "application/vnd.apache.parquet",
  png: "image/png",
  svg: "image/svg+xml",
  tsv: "text/tab-separated-values",
  txt: "text/plain",
  webp: "image/webp",
  xml: "application/xml",
};
