import { Json, Nullable, type Static, Type } from "./schema.ts";

/** What was decided at a tick. */
export const TickReport = Type.Object({
  tick: Type.Number(),
  decision: Type.String(),
  reason: Type.String(),
  run: Nullable(Type.String()),
  decidedAt: Type.Number(),
});

/** What runs by the clock. */
export const ScheduleSummary = Type.Object({
  /** the notebook's path, or job:NAME */
  name: Type.String(),
  notebook: Nullable(Type.String()),
  job: Nullable(Type.String()),
  crons: Type.Array(Type.String()),
  timezone: Type.String(),
  catchup: Type.String(),
  /** since when, in milliseconds since 1970 */
  paused: Nullable(Type.Number()),
  /** why it has no ticks although it should */
  problem: Nullable(Type.String()),
  nextTick: Nullable(Type.Number()),
  ticks: Type.Array(TickReport),
});
export type ScheduleSummary = Static<typeof ScheduleSummary>;

/** A job of `cellar.json`. */
export const JobSummary = Type.Object({
  name: Type.String(),
  select: Type.String(),
  crons: Type.Array(Type.String()),
  timezone: Type.String(),
  catchup: Type.String(),
  partition: Type.String(),
  /** a condition by which it runs */
  automation: Nullable(Type.String()),
  params: Type.Record(Type.String(), Json),
  tags: Type.Record(Type.String(), Type.String()),
  priority: Type.Number(),
  description: Nullable(Type.String()),
  /** why its schedule has no ticks although it should */
  problem: Nullable(Type.String()),
  nextTick: Nullable(Type.Number()),
});
export type JobSummary = Static<typeof JobSummary>;
