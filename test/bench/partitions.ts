import type { BackfillAsset } from "../../cells/partition/backfill-levels.ts";
import { backfillSteps } from "../../cells/partition/backfill.ts";
import { parsePartitionMapping } from "../../cells/partition/parse-mapping.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";
import type { Segments } from "../../cells/partition/segments.ts";
import { keysOf, partitionCount, toSpace, type PartitionSpace } from "../../cells/partition/space.ts";
import { reportPartitions, statusOf } from "../../cells/partition/status.ts";
import { fullSubset, keysIn, subsetCount, type PartitionSubset } from "../../cells/partition/subset.ts";
import { type Figure, median, timed } from "./figure.ts";
import { measurePartitionStatus } from "./partition-status.ts";

const at = Date.UTC(2026, 0, 1);
const rounds = 5;

/** Status of a million partitions, and a backfill of ten thousand put in order, against plain sets of keys. */
export async function measurePartitions(): Promise<readonly Figure[]> {
  return [
    await status("1,000,000 hours: status and a page of 1,000 keys", hours, 1000),
    await status("1,000,000 partitions, date × region: the same", grid, 300),
    await backfill(),
    ...(await measurePartitionStatus()),
  ];
}

/** A million windows: the zone is looked up anew each time, as in a process that just began. */
function hours(round: number): PartitionSpace {
  const zones = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Europe/London", "America/Chicago"];
  const timezone = zones[round % zones.length] ?? "UTC";
  return toSpace(parsePartitions(`hourly from=1911-12-03T00:00 tz=${timezone}`), { at, timezone });
}

function grid(): PartitionSpace {
  const regions = Array.from({ length: 270 }, (_, i) => `r${i}`).join(" ");
  return toSpace(parsePartitions(`date: daily from=2015-11-10; region: static ${regions}`), { at, timezone: "UTC" });
}

async function status(name: string, open: (round: number) => PartitionSpace, ranges: number): Promise<Figure> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let missing = 0;
    ours.push(
      await timed(async () => {
        const space = open(round);
        const report = reportPartitions(space, factsOf(space, ranges));
        missing = report.counts.missing;
        let shown = 0;
        for (const key of keysOf(space, Math.floor(partitionCount(space) / 2))) {
          if (++shown > 1000) break;
          statusOf(report, key);
        }
      }),
    );
    if (round === 0) bare.push(await plainSets(open(round), ranges, missing));
  }
  const value = median(ours);
  return { name, unit: "ms", ours: value, bare: median(bare), goal: "< 200 ms", isReached: value < 200 };
}

/** Nine of ten materialized, with holes; some failed, some stale, one stretch running. */
function factsOf(space: PartitionSpace, ranges: number) {
  return {
    materialized: striped(space, ranges, 0, 0.9),
    failed: striped(space, ranges, 0.5, 0.02),
    stale: striped(space, ranges, 0.2, 0.1),
    running: striped(space, 1, 0.95, 0.01),
  };
}

/** As many stretches along the first axis, each a share of its period, over all of the others. */
function striped(space: PartitionSpace, ranges: number, phase: number, share: number): PartitionSubset {
  const count = space.axes[0]?.count ?? 0;
  const period = count / ranges;
  const rest = fullSubset(space).segments[0]?.rest ?? null;
  const segments: Segments = Array.from({ length: ranges }, (_, i) => ({
    from: Math.floor((i + phase) * period),
    to: Math.min(count, Math.max(Math.floor((i + phase) * period) + 1, Math.floor((i + phase + share) * period))),
    rest,
  })).filter(({ from, to }) => from < to);
  return { space, segments };
}

/** The same counts from sets of keys, as one would write it first; the sets are there already. */
async function plainSets(space: PartitionSpace, ranges: number, missing: number): Promise<number> {
  const facts = factsOf(space, ranges);
  const all = [...keysOf(space)];
  const materialized = new Set(keysIn(facts.materialized));
  const failed = new Set(keysIn(facts.failed));
  const stale = new Set(keysIn(facts.stale));
  const running = new Set(keysIn(facts.running));
  const counts = { running: 0, failed: 0, stale: 0, materialized: 0, missing: 0 };
  const ms = await timed(async () => {
    for (const key of all) {
      if (running.has(key)) counts.running++;
      else if (failed.has(key)) counts.failed++;
      else if (!materialized.has(key)) counts.missing++;
      else if (stale.has(key)) counts.stale++;
      else counts.materialized++;
    }
  });
  if (counts.missing !== missing) throw new Error(`${missing} missing by ranges, ${counts.missing} by keys`);
  return ms;
}

/** Two assets a day over 10,000 days; the second reads its own day before, so each of its days is a batch. */
async function backfill(): Promise<Figure> {
  const day = toSpace(parsePartitions("daily from=1998-08-16 tz=Europe/Berlin"), { at, timezone: "UTC" });
  const week = toSpace(parsePartitions("weekly from=1998-08-16"), { at, timezone: "UTC" });
  const assets: readonly BackfillAsset[] = [
    { key: "report", space: week, inputs: [{ key: "total", mapping: null }] },
    {
      key: "total",
      space: day,
      inputs: [
        { key: "total", mapping: parsePartitionMapping("offset -1") },
        { key: "orders", mapping: parsePartitionMapping("last 7") },
      ],
    },
    { key: "orders", space: day, inputs: [] },
  ];
  const target = new Map(assets.map(({ key, space }) => [key, fullSubset(space)]));
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++)
    ours.push(
      await timed(async () => {
        let partitions = 0;
        for (const { subset } of backfillSteps(assets, target)) partitions += subsetCount(subset);
        if (partitions < 21_000) throw new Error(`only ${partitions} partitions`);
      }),
    );
  const value = median(ours);
  return {
    name: "10,000 partitions, each behind the one before: backfill planned",
    unit: "ms",
    ours: value,
    bare: null,
    goal: "< 1 s",
    isReached: value < 1000,
  };
}
