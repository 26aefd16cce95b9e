import { AppError } from "../../cells/errors.ts";
import type { ExportFormat } from "../../cells/protocol/document.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { FrameLink } from "./frame-link.ts";
import { saveFile } from "./save-file.ts";

const mimeTypes: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv",
  json: "application/json",
  arrow: "application/vnd.apache.arrow.stream",
  parquet: "application/vnd.apache.parquet",
  svg: "image/svg+xml",
  png: "image/png",
};

/** Downloads what a cell gives: its rows or value by name, or what it shows as a picture. */
export async function exportCell(options: {
  readonly link: FrameLink;
  readonly host: KernelHost;
  readonly title: string;
  readonly request: { readonly cell: number; readonly name: string | null; readonly format: ExportFormat };
  readonly signal: AbortSignal;
}): Promise<void> {
  const { link, request, title, signal } = options;
  const { cell, name, format } = request;
  const file = `${name ?? `${title} ${cell}`}.${format}`;
  if (format === "svg" || format === "png") {
    const picture = await link.picture(cell, format, signal);
    if (!isRecord(picture) || !(picture["bytes"] instanceof Uint8Array))
      throw new AppError("protocol", "the frame sent no picture");
    return saveFile(file, mimeTypes[format], picture["bytes"]);
  }
  if (name === null)
    throw new AppError("value_not_storable", `cell ${cell} has no name; give it an output name to export its data`);
  saveFile(file, mimeTypes[format], await encode(await link.take(name, signal), format, options));
}

async function encode(
  taken: unknown,
  format: "csv" | "json" | "arrow" | "parquet",
  {
    host,
    request,
    signal,
  }: { readonly host: KernelHost; readonly request: { readonly name: string | null }; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  if (!isRecord(taken)) throw new AppError("protocol", "the frame sent no value");
  if (taken["type"] === "json" && typeof taken["text"] === "string") {
    if (format === "json") return new TextEncoder().encode(taken["text"]);
    throw new AppError("value_not_storable", `${request.name ?? "the value"} is no table; export it as JSON`);
  }
  if (taken["type"] === "virtual")
    throw new AppError(
      "value_not_storable",
      `${request.name ?? "the value"} is ${String(taken["what"])}, which has no rows; export the picture instead`,
    );
  const arrow =
    taken["type"] === "relation" && typeof taken["relation"] === "string"
      ? await host.rows({ relation: taken["relation"] }, signal)
      : taken["bytes"] instanceof Uint8Array
        ? taken["bytes"]
        : null;
  if (arrow === null) throw new AppError("protocol", "the frame sent no value");
  if (format === "arrow") return arrow;
  if (format === "parquet") return (await import("../host/parquet.ts")).arrowToParquet(arrow);
  const { rowsAsCsv, rowsAsJson } = await import("../host/rows-as-text.ts");
  return new TextEncoder().encode(format === "csv" ? rowsAsCsv(arrow) : rowsAsJson(arrow));
}
