import type { parseAutomation as parseAutomationOf } from "../../../cells/format/automation-syntax.ts";
import type { parseFreshness as parseFreshnessOf } from "../../../cells/freshness/parse.ts";
import type { parseCron as parseCronOf } from "../../../cells/partition/cron-syntax.ts";
import type { parsePartitionMapping as parseMappingOf } from "../../../cells/partition/parse-mapping.ts";
import type { parsePartitions as parsePartitionsOf } from "../../../cells/partition/parse.ts";
import type { sliceOf as sliceOfThis } from "../../../cells/partition/slice.ts";
import type {
  keysOf as keysOfThis,
  partitionCount as partitionCountOf,
  toSpace as toSpaceOf,
} from "../../../cells/partition/space.ts";
import { LatePart } from "./part.ts";

interface Parsers {
  readonly parseAutomation: typeof parseAutomationOf;
  readonly parseCron: typeof parseCronOf;
  readonly parseFreshness: typeof parseFreshnessOf;
  readonly parsePartitionMapping: typeof parseMappingOf;
  readonly parsePartitions: typeof parsePartitionsOf;
  readonly toSpace: typeof toSpaceOf;
  readonly partitionCount: typeof partitionCountOf;
  readonly keysOf: typeof keysOfThis;
  readonly sliceOf: typeof sliceOfThis;
}

/**
 * Stands in for what reads conditions, schedules and partitions, 15 kB, where the page reads the options of cells (see
 * vite.config.ts): only notebooks whose assets are kept up to date by themselves have any.
 */
export const assetOptions = new LatePart<Parsers>("the reader of conditions, schedules and partitions", async () => {
  const [automation, cron, freshness, mapping, partitions, space, slice] = await Promise.all([
    import("../../../cells/format/automation-syntax.ts"),
    import("../../../cells/partition/cron-syntax.ts"),
    import("../../../cells/freshness/parse.ts"),
    import("../../../cells/partition/parse-mapping.ts"),
    import("../../../cells/partition/parse.ts"),
    import("../../../cells/partition/space.ts"),
    import("../../../cells/partition/slice.ts"),
  ]);
  const { toSpace, partitionCount, keysOf } = space;
  return { ...automation, ...cron, ...freshness, ...mapping, ...partitions, ...slice, toSpace, partitionCount, keysOf };
});

export const parseAutomation: Parsers["parseAutomation"] = (text) => assetOptions.value.parseAutomation(text);
export const parseCron: Parsers["parseCron"] = (text) => assetOptions.value.parseCron(text);
export const parseFreshness: Parsers["parseFreshness"] = (text) => assetOptions.value.parseFreshness(text);
export const parsePartitionMapping: Parsers["parsePartitionMapping"] = (text) =>
  assetOptions.value.parsePartitionMapping(text);
export const parsePartitions: Parsers["parsePartitions"] = (text) => assetOptions.value.parsePartitions(text);
