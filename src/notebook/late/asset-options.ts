import type { parseExpectations as parseExpectationsOf } from "../../../cells/checks/parse-expect.ts";
import type { parseAutomation as parseAutomationOf } from "../../../cells/format/automation-syntax.ts";
import type { parseFreshness as parseFreshnessOf } from "../../../cells/freshness/parse.ts";
import type { parseCron as parseCronOf } from "../../../cells/partition/cron-syntax.ts";
import type { readsEarlier as readsEarlierOf } from "../../../cells/partition/earlier-mapping.ts";
import type { mappingFunctionProblems as mappingFunctionProblemsOf } from "../../../cells/graph/mapping-functions.ts";
import type { partitionProblems as partitionProblemsOf } from "../../../cells/graph/partition-problems.ts";
import type { bindMapping as bindMappingOf } from "../../../cells/partition/mapping.ts";
import type { parsePartitionMapping as parseMappingOf } from "../../../cells/partition/parse-mapping.ts";
import type { parsePartitions as parsePartitionsOf } from "../../../cells/partition/parse.ts";
import type { sliceOf as sliceOfThis } from "../../../cells/partition/slice.ts";
import type {
  indexesOf as indexesOfThis,
  keysOf as keysOfThis,
  partitionCount as partitionCountOf,
  toSpace as toSpaceOf,
} from "../../../cells/partition/space.ts";
import type { keysIn as keysInOf, subsetOf as subsetOfThese } from "../../../cells/partition/subset.ts";
import type {
  parseInterval as parseIntervalOf,
  parseSensor as parseSensorOf,
  parseSensorSelection as parseSensorSelectionOf,
} from "../../../cells/sensor/parse.ts";
import { LatePart } from "./part.ts";

interface Parsers {
  readonly parseExpectations: typeof parseExpectationsOf;
  readonly parseInterval: typeof parseIntervalOf;
  readonly parseSensor: typeof parseSensorOf;
  readonly parseSensorSelection: typeof parseSensorSelectionOf;
  readonly parseAutomation: typeof parseAutomationOf;
  readonly parseCron: typeof parseCronOf;
  readonly parseFreshness: typeof parseFreshnessOf;
  readonly parsePartitionMapping: typeof parseMappingOf;
  readonly parsePartitions: typeof parsePartitionsOf;
  readonly toSpace: typeof toSpaceOf;
  readonly partitionCount: typeof partitionCountOf;
  readonly keysOf: typeof keysOfThis;
  readonly sliceOf: typeof sliceOfThis;
  readonly indexesOf: typeof indexesOfThis;
  readonly readsEarlier: typeof readsEarlierOf;
  readonly bindMapping: typeof bindMappingOf;
  readonly mappingFunctionProblems: typeof mappingFunctionProblemsOf;
  readonly partitionProblems: typeof partitionProblemsOf;
  readonly subsetOf: typeof subsetOfThese;
  readonly keysIn: typeof keysInOf;
}

/**
 * Stands in for what reads conditions, schedules, partitions, rules and sensors, 25 kB, where the page reads the options of cells (see
 * vite.config.ts): only notebooks whose assets are kept up to date by themselves have any.
 */
export const assetOptions = new LatePart<Parsers>("the reader of conditions, schedules and partitions", async () => {
  const [
    automation,
    cron,
    freshness,
    parseMapping,
    partitions,
    space,
    slice,
    earlier,
    mapping,
    subset,
    expect,
    sensor,
    functions,
    read,
  ] = await Promise.all([
    import("../../../cells/format/automation-syntax.ts"),
    import("../../../cells/partition/cron-syntax.ts"),
    import("../../../cells/freshness/parse.ts"),
    import("../../../cells/partition/parse-mapping.ts"),
    import("../../../cells/partition/parse.ts"),
    import("../../../cells/partition/space.ts"),
    import("../../../cells/partition/slice.ts"),
    import("../../../cells/partition/earlier-mapping.ts"),
    import("../../../cells/partition/mapping.ts"),
    import("../../../cells/partition/subset.ts"),
    import("../../../cells/checks/parse-expect.ts"),
    import("../../../cells/sensor/parse.ts"),
    import("../../../cells/graph/mapping-functions.ts"),
    import("../../../cells/graph/partition-problems.ts"),
  ]);
  const { toSpace, partitionCount, keysOf, indexesOf } = space;
  const { subsetOf, keysIn } = subset;
  const { bindMapping } = mapping;
  const { mappingFunctionProblems } = functions;
  const { partitionProblems } = read;
  return {
    ...{
      ...automation,
      ...cron,
      ...freshness,
      ...parseMapping,
      ...partitions,
      ...slice,
      ...earlier,
      ...expect,
      ...sensor,
    },
    ...{
      toSpace,
      partitionCount,
      keysOf,
      indexesOf,
      subsetOf,
      keysIn,
      bindMapping,
      mappingFunctionProblems,
      partitionProblems,
    },
  };
});

export const parseAutomation: Parsers["parseAutomation"] = (text) => assetOptions.value.parseAutomation(text);
export const parseExpectations: Parsers["parseExpectations"] = (text, severity) =>
  assetOptions.value.parseExpectations(text, severity);
export const parseInterval: Parsers["parseInterval"] = (text) => assetOptions.value.parseInterval(text);
export const parseSensor: Parsers["parseSensor"] = (text) => assetOptions.value.parseSensor(text);
export const parseSensorSelection: Parsers["parseSensorSelection"] = (text) =>
  assetOptions.value.parseSensorSelection(text);
export const parseCron: Parsers["parseCron"] = (text) => assetOptions.value.parseCron(text);
export const parseFreshness: Parsers["parseFreshness"] = (text) => assetOptions.value.parseFreshness(text);
export const parsePartitionMapping: Parsers["parsePartitionMapping"] = (text) =>
  assetOptions.value.parsePartitionMapping(text);
export const parsePartitions: Parsers["parsePartitions"] = (text) => assetOptions.value.parsePartitions(text);
export const mappingFunctionProblems: Parsers["mappingFunctionProblems"] = (cells, edges) =>
  cells.some(({ cell }) => cell.attributes["upstream"] !== undefined)
    ? assetOptions.value.mappingFunctionProblems(cells, edges)
    : [];
export const partitionProblems: Parsers["partitionProblems"] = (cells) =>
  cells.some(({ cell }) => cell.attributes["partitions"] !== undefined)
    ? assetOptions.value.partitionProblems(cells)
    : [];
export const readsEarlier: Parsers["readsEarlier"] = (mapping, definition) =>
  assetOptions.value.readsEarlier(mapping, definition);
