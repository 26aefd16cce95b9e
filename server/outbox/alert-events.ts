import { formatDuration } from "../../cells/format/duration.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import type { LogEvent } from "../store/store.ts";
import type { AlertKind } from "./alert-config.ts";

/** Something that an alert may be about: it began, or it is over. */
export interface Occurrence {
  readonly kind: AlertKind;
  /** whether it is well again */
  readonly isOver: boolean;
  /** what it is about, so that the same is known again */
  readonly subject: string;
  readonly sentence: string;
  readonly run: string | null;
  readonly asset: AssetKey | null;
  readonly partition: string | null;
}

/** What an event of the log means to alerts; `run` is the one that it is about, where it is about one. Pure. */
export function occurrencesOf(event: LogEvent, run: Run | null, afterMs: number): readonly Occurrence[] {
  switch (event.type) {
    case "run_changed":
      return run === null ? [] : ofRun(event, run, afterMs);
    case "step_changed": {
      const name = nameOf(event.asset, event.partition);
      const of = { run: event.run, asset: event.asset, partition: event.partition || null, subject: name };
      if (event.state === "failed")
        return [
          {
            ...of,
            kind: "asset_failed",
            isOver: false,
            sentence: `${name} failed: ${event.error?.message ?? event.reason}`,
          },
        ];
      if (event.state !== "succeeded" && event.state !== "reused") return [];
      return [{ ...of, kind: "asset_failed", isOver: true, sentence: `${name} is well again` }];
    }
    case "checked": {
      const name = nameOf(event.asset, event.partition);
      const of = {
        ...{ run: event.run, asset: event.asset, partition: event.partition || null },
        subject: `${name} ${event.check}`,
        kind: event.severity === "error" ? ("check_failed" as const) : ("check_warned" as const),
      };
      if (event.status === "passed")
        return [{ ...of, isOver: true, sentence: `check ${event.check} of ${name} passes again` }];
      const rows = event.failing === null ? "" : `, ${event.failing} rows are wrong`;
      const kept = event.blocking && event.severity === "error" ? "; readers stay on the last good version" : "";
      return [{ ...of, isOver: false, sentence: `check ${event.check} of ${name} ${event.status}${rows}${kept}` }];
    }
    case "freshness_changed": {
      const of = { run: null, asset: event.asset, partition: null, subject: event.asset };
      const failed = { ...of, kind: "freshness_failed" as const };
      const warned = { ...of, kind: "freshness_warned" as const };
      if (event.to === "fail")
        return [{ ...failed, isOver: false, sentence: `${event.asset} is too old: ${event.reason}` }];
      if (event.to === "warn")
        return [{ ...warned, isOver: false, sentence: `${event.asset} is soon too old: ${event.reason}` }];
      if (event.to !== "pass") return [];
      return [failed, warned].map((one) => ({ ...one, isOver: true, sentence: `${event.asset} is fresh again` }));
    }
    case "tick_decided": {
      const of = {
        kind: "tick_failed" as const,
        run: event.run,
        asset: null,
        partition: null,
        subject: event.schedule,
      };
      const at = new Date(event.tick).toISOString();
      if (event.decision === "failed")
        return [{ ...of, isOver: false, sentence: `the tick ${at} of ${event.schedule} failed: ${event.reason}` }];
      return event.decision === "run" ? [{ ...of, isOver: true, sentence: `${event.schedule} ticks again` }] : [];
    }
    case "sensor_ticked": {
      const of = { kind: "sensor_failed" as const, run: null, asset: null, partition: null, subject: event.sensor };
      if (event.state === "failed")
        return [{ ...of, isOver: false, sentence: `sensor ${event.sensor} failed: ${event.reason}` }];
      return [{ ...of, isOver: true, sentence: `sensor ${event.sensor} works again` }];
    }
    case "backfill_changed": {
      const of = { kind: "backfill_failed" as const, run: null, asset: null, partition: null, subject: event.backfill };
      if (event.state !== "failed") return [];
      return [
        {
          ...of,
          isOver: false,
          sentence: `backfill ${event.backfill} failed: ${event.error?.message ?? "some of its steps did"}`,
        },
      ];
    }
    case "damaged":
      return [
        {
          ...{ kind: "damaged", isOver: false, run: null, asset: event.asset, partition: null, subject: event.sha256 },
          sentence: `stored data of ${event.asset} is damaged: ${event.found}`,
        },
      ];
    case "asset_renamed":
    case "automation_decided":
    case "automation_paused":
    case "branch_changed":
    case "log":
    case "materialized":
    case "message_given_up":
    case "signalled":
    case "notebook_changed":
    case "notebook_published":
    case "notebook_removed":
    case "notebook_unpublished":
    case "partitions_changed":
    case "schedule_paused":
    case "wiped":
      return [];
  }
}

function ofRun(event: Extract<LogEvent, { type: "run_changed" }>, run: Run, afterMs: number): readonly Occurrence[] {
  const subject = subjectOf(run);
  const of = { run: run.id, asset: null, partition: null, subject };
  const why = event.error === null ? "" : `: ${event.error.message}`;
  const found: Occurrence[] = [];
  if (event.state === "failed")
    found.push({ ...of, kind: "run_failed", isOver: false, sentence: `run ${run.id} of ${subject} failed${why}` });
  if (event.state === "cancelled")
    found.push({ ...of, kind: "run_cancelled", isOver: false, sentence: `run ${run.id} of ${subject} was cancelled` });
  if (event.state === "succeeded") {
    found.push({
      ...of,
      kind: "run_failed",
      isOver: true,
      sentence: `${subject} is well again: run ${run.id} succeeded`,
    });
    found.push({ ...of, kind: "run_cancelled", isOver: true, sentence: `run ${run.id} of ${subject} succeeded` });
    found.push({ ...of, kind: "run_succeeded", isOver: false, sentence: `run ${run.id} of ${subject} succeeded` });
  }
  const tookMs = run.startedAt === null || run.endedAt === null ? null : run.endedAt - run.startedAt;
  if (tookMs !== null && (event.state === "succeeded" || event.state === "failed"))
    found.push(
      tookMs > afterMs
        ? {
            ...of,
            kind: "run_slow",
            isOver: false,
            sentence: `run ${run.id} of ${subject} took ${formatDuration(tookMs)}`,
          }
        : {
            ...of,
            kind: "run_slow",
            isOver: true,
            sentence: `run ${run.id} of ${subject} took ${formatDuration(tookMs)}`,
          },
    );
  return found;
}

/** What runs are alike: of one job, of one schedule, of one selection. */
function subjectOf({ trigger, tags, selection }: Run): string {
  if (tags["job"] !== undefined) return `job ${tags["job"]}`;
  if (trigger.type === "schedule") return `schedule ${trigger.schedule}`;
  return selection === "" ? "everything" : selection;
}

function nameOf(asset: string, partition: string): string {
  return partition === "" ? asset : `${asset} (${partition})`;
}
