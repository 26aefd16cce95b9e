import type { BackfillReport, BackfillSummary, StepCounts } from "../../cells/api/backfill-schema.ts";
import type { InputOf } from "../../cells/api/routes.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Backfill } from "../../cells/model/backfill.ts";
import type { StepState } from "../../cells/model/run.ts";
import { defaultChunk } from "../backfill/new-backfill.ts";
import type { BackfillQuestion } from "../backfill/plan-backfill.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";

type Names = "backfills" | "startBackfill" | "planBackfill" | "backfill" | "cancelBackfill" | "retryBackfill";

const mostFailures = 100;
const usualLimit = 50;

/** Backfills: asking, beginning, watching, cancelling, doing again what failed. */
export function backfillHandlers({ backfiller, store }: OpenWorkspace): Pick<Handlers, Names> {
  const summaryOf = async (backfill: Backfill): Promise<BackfillSummary> => {
    const { id, state, request, createdAt, startedAt, endedAt, error } = backfill;
    const counts = countsOf(await store.backfillCounts(id), backfill.total);
    return {
      ...{ id, state, ...request, only: [...request.only], params: { ...request.params } },
      ...{ createdAt, startedAt, endedAt, error, counts },
    };
  };
  const reportOf = async (id: string): Promise<BackfillReport> => {
    const backfill = await store.backfill(id);
    if (backfill === null)
      throw new AppError("not_found", `no backfill has the id ${id}; cellar backfills shows those there are`, {
        data: { backfill: id },
      });
    const rows = Map.groupBy(await store.backfillCounts(id), ({ asset }) => asset);
    const failed = await store.backfillSteps(id, { states: ["failed"], limit: mostFailures });
    return {
      ...(await summaryOf(backfill)),
      assets: Object.entries(backfill.targets).map(([key, { count }]) => ({
        key,
        counts: countsOf(rows.get(AssetKey.parse(key)) ?? [], count),
      })),
      runs: (await store.backfillRuns(id)).map(({ run, state }) => ({ run, state })),
      failures: failed.map(({ asset, partition, run, error, reason }) => ({
        ...{ key: asset, partition: partition === "" ? null : partition, run, message: error?.message ?? reason },
      })),
    };
  };
  return {
    async backfills({ limit }) {
      const found = await store.backfills({ limit: Math.min(Number(limit ?? usualLimit), 1000) });
      return { backfills: await Promise.all(found.map(summaryOf)) };
    },
    startBackfill: async (input) => reportOf((await backfiller.request(questionOf(input))).id),
    planBackfill: (input) => backfiller.plan(questionOf(input)),
    backfill: ({ id }) => reportOf(id),
    async cancelBackfill({ id }) {
      await backfiller.cancel(id);
      return { ok: true };
    },
    retryBackfill: async ({ id }) => reportOf((await backfiller.retry(id)).id),
  };
}

function questionOf(input: InputOf<"startBackfill">): BackfillQuestion {
  const { select = "", partition = null, only = [], params = {}, force = false, chunk = defaultChunk } = input;
  return { select, partition, only, params, force, chunk };
}

/** Steps by state; those that no run has yet wait too. */
function countsOf(rows: readonly { readonly state: StepState; readonly count: number }[], total: number): StepCounts {
  const of = (state: StepState) => rows.reduce((sum, row) => sum + (row.state === state ? row.count : 0), 0);
  const known = rows.reduce((sum, { count }) => sum + count, 0);
  return {
    total,
    waiting: of("waiting") + Math.max(0, total - known),
    running: of("running") + of("committing"),
    succeeded: of("succeeded"),
    reused: of("reused"),
    skipped: of("skipped"),
    failed: of("failed"),
    blocked: of("blocked"),
    cancelled: of("cancelled"),
  };
}
