import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { AssetSummary, MaterializationReport } from "../../cells/api/schema.ts";
import { unknownAsset } from "../../cells/model/unknown-key.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { parsePartitionRange } from "../../cells/partition/range.ts";
import { keysOf, partitionCount } from "../../cells/partition/space.ts";
import { keysIn } from "../../cells/partition/subset.ts";
import type { ExportFormat, StoredInput } from "../engine/messages.ts";
import type { Bytes, Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { openChecked } from "../lake/open-checked.ts";
import { healthOfAssets } from "../freshness/health.ts";
import { freshnessReportOf } from "./freshness.ts";
import { latestOf, outcomeOf } from "./check-outcomes.ts";
import { hasPartition } from "./has-partition.ts";
import { listed } from "./listed.ts";
import { mayReadData } from "./shares.ts";
import { engineMajor } from "../engine/engine-version.ts";
import { keptStanding } from "../partitions/kept-standing.ts";
import { standingOf } from "../planning/standing.ts";
import { timeOf } from "./time.ts";

type Names = "assets" | "partitions" | "history" | "data" | "rows" | "hydration" | "wipe";

export const contentTypes: Record<ExportFormat, readonly [type: string, extension: string]> = {
  parquet: ["application/vnd.apache.parquet", "parquet"],
  arrow: ["application/vnd.apache.arrow.file", "arrow"],
  "arrow-stream": ["application/vnd.apache.arrow.stream", "arrows"],
  csv: ["text/csv; charset=utf-8", "csv"],
  json: ["application/json", "json"],
};
/** rows of one answer */
export const largestPage = 100_000;
const mostKeys = 1_000_000;
/** partitions of one asset that a page is told of */
const mostHydrated = 10_000;

/** Assets: their state, history, rows and files. */
export function assetHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { planner, store, lake, reader, clock, files } = workspace;
  return {
    assets: async ({ select, at, branch }) => ({
      assets: await listAssets(workspace, select ?? "", at === undefined ? clock.now() : timeOf(at), branch),
    }),
    async partitions({ key, offset, limit, at }) {
      const { workspace: graph } = await planner.effective();
      const asset = AssetKey.parse(key);
      await known(workspace, asset);
      const node = graph.assets.get(asset);
      if (node === undefined || node.options.partitions === null)
        throw new AppError(
          "usage",
          `${asset} has no partitions; give its cell some, as in partitions="daily from=2026-01-01"`,
          {
            data: { asset },
          },
        );
      const now = at === undefined ? clock.now() : timeOf(at);
      const { report } = await keptStanding(graph, node, {
        ...{ store, partitions: workspace.partitions, now, engine: engineMajor, isPretended: at !== undefined },
        fileVersion: (name) => files.version(name),
      });
      const { missing, materialized, failed, stale } = report.counts;
      const keys = firstOf(keysOf(report.space, Number(offset ?? 0)), Math.min(Number(limit ?? 1000), mostKeys));
      return {
        count: partitionCount(report.space),
        keys,
        status: { missing, materialized, failed, stale },
        ...(await noteOf(workspace, node)),
      };
    },
    async history({ key, partition, limit, before, branch }) {
      const asset = AssetKey.parse(key);
      // what was renamed meanwhile has its history here then
      await planner.effective(false, branch);
      const facts = await store.materializations({
        asset,
        limit: Number(limit ?? 100),
        ...(partition === undefined ? {} : { partition }),
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(branch === undefined ? {} : { environment: branch }),
      });
      if (facts.length === 0) await known(workspace, asset, branch);
      if (facts.length === 0 && partition !== undefined) await hasPartition(workspace, asset, partition, branch);
      const slices = [...new Set(facts.map((fact) => fact.partition))];
      const seen = new Set(
        (branch === undefined ? await store.pointersAt(asset, slices) : await store.pointers([asset], branch)).map(
          ({ seq }) => seq,
        ),
      );
      const reports = await reportsOf(store, facts);
      return { materializations: reports.map((report) => ({ ...report, current: seen.has(report.seq) })) };
    },
    async data({ key, format = "parquet", version, partition, branch }, { principal, signal }) {
      const asset = AssetKey.parse(key);
      if (principal.type === "share") await mayReadData(workspace, principal.share, asset);
      const fact = await factOf(
        workspace,
        asset,
        version ?? null,
        partition,
        // a link shows what is published
        principal.type === "share" ? undefined : branch,
      );
      return exportFact(workspace, fact, format, version !== undefined, signal);
    },
    async rows({ key, offset, limit, order, where, partition }, { signal }) {
      const fact = await factOf(workspace, AssetKey.parse(key), null, partition);
      const input = await inputOf(lake, fact);
      const page = await reader.ask((calls) =>
        calls.page(
          {
            input,
            offset: Number(offset ?? 0),
            limit: Math.min(Number(limit ?? 1000), largestPage),
            orderBy: parseOrder(order ?? "", fact),
            where: where === undefined || where.trim() === "" ? null : where,
          },
          signal,
        ),
      );
      return bytesOf(page.arrow, contentTypes["arrow-stream"][0]);
    },
    async wipe({ key, partition }) {
      const asset = AssetKey.parse(key);
      const { workspace: graph } = await planner.effective();
      const node = graph.assets.get(asset);
      // what an older definition left can be wiped whole, though no cell defines it any more
      if (partition === undefined) {
        if (node === undefined && (await store.pointers([asset])).length === 0) await known(workspace, asset);
        return { wiped: await store.wipe(asset, null, clock.now()) };
      }
      await known(workspace, asset);
      if (node === undefined || node.options.partitions === null)
        throw new AppError("usage", `${asset} has no partitions, so leave --partition out to wipe all of it`);
      const space = (await workspace.partitions.spaces(graph, clock.now()))(node);
      const keys = [...keysIn(parsePartitionRange(space, partition))];
      return { wiped: await store.wipe(asset, keys, clock.now()) };
    },
    async hydration({ path }) {
      const { workspace: graph } = await planner.effective();
      const prefix = path.replace(/\.html$/, "");
      const wanted = new Set<string>();
      const fileVersions: Record<string, string> = {};
      for (const node of graph.assets.values()) {
        if (node.notebook !== path) continue;
        wanted.add(node.key);
        for (const source of node.sources)
          if (source.type === "asset") wanted.add(source.key);
          else fileVersions[source.file] = (await workspace.files.version(source.file)) ?? "";
      }
      const keys = [...graph.assets.keys()].filter((key) => wanted.has(key) || AssetKey.notebook(key) === prefix);
      const wide = await store.wideAssets(keys, mostHydrated);
      const facts = [...(await store.pointers(keys.filter((key) => !wide.has(key))))];
      // a page computes what it is not told of, and shows the newest
      for (const key of wide) facts.push(...(await store.lastPointers(key, mostHydrated)));
      return {
        facts: facts.map((fact) => ({ ...fact, inputs: { ...fact.inputs }, schema: [...fact.schema] })),
        fileVersions,
      };
    },
  };
}

/** What is to be said of keys that are values of a column. */
async function noteOf({ keys }: OpenWorkspace, node: AssetNode): Promise<{ readonly note?: string }> {
  if (node.keysFrom.length === 0) return {};
  const found = await keys.keysOf([node]);
  const notes = [...found.values()].flatMap(({ note }) => note ?? []);
  if (found.size === 0) notes.push(`its keys are values of ${node.keysFrom.join(" and ")}, never made; run it first`);
  return notes.length === 0 ? {} : { note: notes.join("; ") };
}

/** Facts with what is told of each: whether it was refused, statistics, metadata, and what its checks last said. */
async function reportsOf(
  store: OpenWorkspace["store"],
  facts: readonly Materialization[],
): Promise<MaterializationReport[]> {
  const seqs = facts.map(({ seq }) => seq);
  const [details, results] = await Promise.all([
    store.factDetails(seqs),
    store.checkResults({ by: "facts", facts: seqs }),
  ]);
  const checks = Map.groupBy(results, ({ fact }) => fact);
  return facts.map((fact) => {
    const { refused = false, retired = false, statistics = [], metadata = {} } = details.get(fact.seq) ?? {};
    const own = (checks.get(fact.seq) ?? []).filter(
      ({ asset, partition }) => asset === fact.asset && partition === fact.partition,
    );
    return {
      ...{ ...fact, inputs: { ...fact.inputs }, schema: [...fact.schema], refused, retired },
      statistics: [...statistics],
      metadata: { ...metadata },
      checks: latestOf(own, ({ check }) => check)
        .toReversed()
        .map(outcomeOf),
    };
  });
}

/** What `cellar list` prints, with the state of each asset as of `now`. */
async function listAssets(
  { planner, store }: Pick<OpenWorkspace, "planner" | "store">,
  select: string,
  now: number,
  branch?: string,
): Promise<AssetSummary[]> {
  const { workspace } = await planner.effective(false, branch);
  const facts = await planner.facts(workspace, now, branch);
  const states = await standingOf(workspace, facts);
  const healthOf = await healthOfAssets(workspace, facts, store, branch);
  return (await listed(planner, workspace, select, now, branch)).flatMap((key) => {
    const node = workspace.assets.get(key);
    const state = states.get(key);
    if (node === undefined || state === undefined) return [];
    const { health, reason: healthReason, freshness } = healthOf(key);
    return {
      key,
      notebook: node.notebook,
      cell: node.cell,
      kind: node.kind,
      inputs: node.inputs.map((input) => (input.type === "asset" ? input.key : `file:${input.file}`)),
      partitions: node.options.partitions,
      automation: node.options.automation,
      tags: { ...node.tags },
      owners: [...node.owners],
      group: node.group,
      description: node.description,
      virtual: node.storage === "virtual",
      status: state.status,
      reason: state.reason,
      ...{ health, healthReason },
      freshness: freshnessReportOf(freshness),
    };
  });
}

/** The fact that a reader means: the present one, or the one with this data version or content hash. Throws `asset_missing`. */
async function factOf(
  workspace: OpenWorkspace,
  asset: AssetKey,
  version: string | null,
  partition = "",
  branch?: string,
): Promise<Materialization> {
  const { planner, store } = workspace;
  await planner.effective(false, branch);
  const fact =
    version === null
      ? branch === undefined
        ? (await store.pointersAt(asset, [partition]))[0]
        : (await store.pointers([asset], branch)).find((found) => found.partition === partition)
      : (
          await store.materializations({
            ...{ asset, partition, limit: 10_000 },
            ...(branch === undefined ? {} : { environment: branch }),
          })
        ).find(({ dataVersion, sha256 }) => dataVersion === version || sha256 === version);
  if (fact !== undefined) return fact;
  await known(workspace, asset, branch);
  const [other] = partition === "" ? [] : await store.lastPointers(asset, 1);
  if (other !== undefined)
    throw new AppError(
      "asset_missing",
      other.partition !== ""
        ? `${asset} has no partition ${JSON.stringify(partition)}; cellar history ${asset} shows what there is`
        : `${asset} has no partitions, so partition ${JSON.stringify(partition)} cannot be read; leave it out`,
      { data: { asset, partition } },
    );
  throw new AppError(
    "asset_missing",
    version === null
      ? `${asset} has not been materialized; ${await howToMake(workspace, asset)}`
      : `${asset} has no version ${version}; cellar history ${asset} shows what there is`,
    { data: { asset } },
  );
}

export async function known({ planner }: OpenWorkspace, asset: AssetKey, branch?: string): Promise<void> {
  const { workspace } = await planner.effective(false, branch);
  if (!workspace.assets.has(asset)) throw unknownAsset(asset, workspace.assets.keys());
}

/** The file of a fact, its hash looked at. */
export async function inputOf(lake: OpenWorkspace["lake"], fact: Materialization): Promise<StoredInput> {
  const path = await openChecked(lake, fact);
  return { format: fact.format === "json" ? "json" : "parquet", paths: [path] };
}

/** A file of the lake that belongs to an asset. */
type StoredFile = Pick<Materialization, "asset" | "partition" | "format" | "sha256" | "bytes">;

/** An asset as a file: the lake's own bytes where they have the format, else made by an engine process. */
export async function exportFact(
  workspace: Pick<OpenWorkspace, "lake" | "reader">,
  fact: StoredFile,
  format: ExportFormat,
  immutable: boolean,
  signal: AbortSignal,
): Promise<Bytes> {
  const { lake, reader } = workspace;
  if (fact.format === "virtual")
    throw new AppError(
      "asset_missing",
      `${fact.asset} is not stored, so it cannot be exported; give its cell a value that is a table or JSON`,
      {
        data: { asset: fact.asset },
      },
    );
  const [contentType, extension] = contentTypes[format];
  const fileName = `${AssetKey.name(fact.asset)}.${extension}`;
  const path = await openChecked(lake, fact);
  if (format === fact.format)
    return { contentType, fileName, immutable, body: createReadStream(path), length: fact.bytes };
  if (fact.format === "json")
    throw new AppError("usage", `${fact.asset} is a JSON value, not a table: export it with format json`, {
      data: { asset: fact.asset },
    });
  const target = join(await reader.staging(), `${crypto.randomUUID()}.${extension}`);
  try {
    await reader.ask((calls) => calls.export({ input: { format: "parquet", paths: [path] }, format, target }, signal));
    const { size } = await stat(target);
    const body = createReadStream(target);
    body.on("close", () => void rm(target, { force: true }));
    return { contentType, fileName, immutable, body, length: size };
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

function parseOrder(
  text: string,
  fact: Materialization,
): readonly { readonly column: string; readonly descending: boolean }[] {
  if (text === "") return [];
  const descending = text.startsWith("-");
  const column = descending ? text.slice(1) : text;
  if (!fact.schema.some(({ name }) => name === column))
    throw new AppError(
      "usage",
      `${fact.asset} has no column ${JSON.stringify(column)}; it has ${fact.schema.map(({ name }) => name).join(", ")}`,
    );
  return [{ column, descending }];
}

/** Bytes as an answer without a file name. */
export function bytesOf(body: Uint8Array, contentType: string): Bytes {
  return { contentType, fileName: null, immutable: false, body, length: body.byteLength };
}

/** What a reader does about an asset that has no data under the name that was asked for. */
async function howToMake({ planner, store }: OpenWorkspace, asset: AssetKey): Promise<string> {
  const node = (await planner.effective()).workspace.assets.get(asset);
  if (node === undefined || node.options.partitions === null) return `run cellar run --select ${asset}`;
  const [some] = await store.lastPointers(asset, 1);
  return some === undefined
    ? `it has partitions: run cellar run --select ${asset} --partition KEY`
    : `it has partitions: name one, as in --partition ${some.partition}`;
}

function firstOf(keys: Iterable<string>, most: number): string[] {
  const first: string[] = [];
  if (most <= 0) return first;
  for (const key of keys) if (first.push(key) >= most) break;
  return first;
}
