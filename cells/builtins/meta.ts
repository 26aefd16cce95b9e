import { type NamedValue, toMetadata } from "../data/metadata.ts";
import type { KernelHost } from "../protocol/host.ts";
import type { CellScope } from "./scoped.ts";

/** `meta({...})` of cells, with a function for each type that is not seen by itself: `meta.markdown("…")`. */
type Meta = ((values: Readonly<Record<string, unknown>>) => void) &
  Readonly<Record<NamedValue["$metadata"], (value: unknown) => NamedValue>>;

/**
 * `meta({mean: 3.5, source: meta.url("https://…")})` of cells: typed values that are kept with the cell's materialization. Later calls
 * of one run add to earlier ones. In a page it checks what it is given and keeps nothing. Throws `usage` for what cannot be kept.
 */
export function metaTeller(host: KernelHost, { cell }: CellScope): Meta {
  let told: Readonly<Record<string, unknown>> = {};
  host.meta?.({ cell, metadata: {} });
  const meta = (values: Readonly<Record<string, unknown>>): void => {
    const all = { ...told, ...values };
    const metadata = toMetadata(all);
    told = all;
    host.meta?.({ cell, metadata });
  };
  return Object.assign(meta, {
    number: named("number"),
    text: named("text"),
    markdown: named("markdown"),
    url: named("url"),
    json: named("json"),
    table: named("table"),
    image: named("image"),
  });
}

function named(type: NamedValue["$metadata"]): (value: unknown) => NamedValue {
  return (value) => ({ $metadata: type, value });
}
