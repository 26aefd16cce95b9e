import { randomUUID } from "node:crypto";
import type { Backfill } from "../../cells/model/backfill.ts";
import type { Targets } from "../../cells/plan/targets.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { printSelection } from "../../cells/select/print.ts";
import { type BackfillQuestion, writtenTargets } from "./plan-backfill.ts";

/** so many steps has one run of a backfill at most, where nothing else is asked for */
export const defaultChunk = 2_000;

/** A backfill that is yet to be stored. Throws `selection_invalid`. */
export function newBackfill(
  { select, partition, only, params, force, chunk }: BackfillQuestion,
  targets: Targets,
  now: number,
  origin: { readonly retryOf?: string; readonly evaluation?: number } = {},
): Backfill {
  return {
    id: randomUUID(),
    state: "requested",
    request: {
      select: select.trim() === "" ? "" : printSelection(parseSelection(select)),
      ...{ partition: partition ?? "*", only, params, force, chunk, retryOf: origin.retryOf ?? null },
      ...(origin.evaluation === undefined ? {} : { evaluation: origin.evaluation }),
    },
    ...writtenTargets(targets),
    createdAt: now,
    ...{ startedAt: null, endedAt: null, error: null },
  };
}
