import type { PartitionMapping, Partitions } from "../../cells/partition/definition.ts";
import { parsePartitionMapping } from "../../cells/partition/parse-mapping.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";

/** A partitions definition as the scenario files write it. */
export type DagsterPartitions =
  | { readonly static: readonly string[] }
  | { readonly static_count: number }
  | { readonly dynamic: string }
  | { readonly multi: Readonly<Record<string, DagsterPartitions>> }
  | { readonly dimensions: Readonly<Record<string, DagsterPartitions>> }
  | {
      readonly type: string;
      readonly start?: string;
      readonly end?: string;
      readonly timezone?: string;
      readonly keys?: readonly string[];
      readonly dimensions?: Readonly<Record<string, DagsterPartitions>>;
    };

/** A mapping as the scenario files write it. */
export type DagsterMapping =
  | string
  | { readonly start_offset?: number; readonly end_offset?: number }
  | { readonly type: string; readonly start_offset?: number; readonly end_offset?: number }
  | { readonly dimensions: Readonly<Record<string, DagsterMapping>> };

/** Dagster's definition as ours. */
export function toPartitions(spec: DagsterPartitions | null): Partitions | null {
  if (spec === null) return null;
  if ("dimensions" in spec && spec.dimensions !== undefined) return multi(spec.dimensions);
  if ("multi" in spec) return multi(spec.multi);
  return parsePartitions(textOf(spec));
}

/** Dagster's mapping as ours. */
export function toMapping(spec: DagsterMapping): PartitionMapping {
  if (typeof spec === "string") return parsePartitionMapping(spec === "identity" ? "same" : spec);
  if ("dimensions" in spec)
    return {
      type: "dimensions",
      dimensions: Object.entries(spec.dimensions).map(([name, inner]) => ({
        upstream: name,
        downstream: name,
        mapping: toMapping(inner),
      })),
    };
  if ("type" in spec && spec.type === "identity") return { type: "same" };
  if ("type" in spec && spec.type === "all") return { type: "all" };
  if ("type" in spec && spec.type === "last") return { type: "latest" };
  return { type: "window", startOffset: spec.start_offset ?? 0, endOffset: spec.end_offset ?? 0 };
}

/** The text of a `partitions` attribute; null where there are none. */
export function textOfPartitions(spec: DagsterPartitions | null): string | null {
  return spec === null ? null : textOf(spec);
}

/** The text of a mapping in an `upstream` attribute. */
export function textOfMapping(spec: DagsterMapping): string {
  const mapping = toMapping(spec);
  if (mapping.type === "window") return `offset ${mapping.startOffset}..${mapping.endOffset}`;
  if (mapping.type === "all" || mapping.type === "same" || mapping.type === "latest") return mapping.type;
  throw new Error(`the suite writes no mapping ${mapping.type}`);
}

function multi(dimensions: Readonly<Record<string, DagsterPartitions>>): Partitions {
  return parsePartitions(
    Object.entries(dimensions)
      .map(([name, inner]) => `${name}: ${textOf(inner)}`)
      .join("; "),
  );
}

function textOf(spec: DagsterPartitions): string {
  if ("static" in spec) return `static ${spec.static.map((key) => `"${key}"`).join(" ")}`;
  if ("static_count" in spec)
    return `static ${Array.from({ length: spec.static_count }, (_, i) => `"${i}"`).join(" ")}`;
  if ("dynamic" in spec) return `dynamic ${spec.dynamic}`;
  if (!("type" in spec)) throw new Error(`the suite knows no partitions ${JSON.stringify(spec)}`);
  if (spec.type === "static") return textOf({ static: spec.keys ?? [] });
  const time = (text: string | undefined, name: string) =>
    text === undefined ? "" : ` ${name}=${text.replace(/^(\d{4}-\d\d-\d\d)-(\d\d:\d\d)$/, "$1T$2")}`;
  const zone = spec.timezone === undefined ? "" : ` tz=${spec.timezone}`;
  return `${spec.type}${time(spec.start, "from")}${time(spec.end, "to")}${zone}`;
}
