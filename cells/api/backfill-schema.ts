import { ErrorShape, Json, Nullable, Text, Type, type Static } from "./schema.ts";

/** Shapes of backfills and of keys of dynamic partitions. */
export const PartitionChange = Type.Object({
  name: Type.String(),
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  count: Type.Number(),
});

const Only = Type.Union([Type.Literal("missing"), Type.Literal("failed"), Type.Literal("stale")]);

/** What a backfill is asked for. */
export const BackfillInput = {
  select: Type.Optional(Type.String({ maxLength: 65536 })),
  partition: Type.Optional(Text),
  only: Type.Optional(Type.Array(Only, { maxItems: 3 })),
  params: Type.Optional(Type.Record(Type.String(), Json)),
  force: Type.Optional(Type.Boolean()),
  chunk: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
};

const StepCounts = Type.Object({
  total: Type.Number(),
  waiting: Type.Number(),
  running: Type.Number(),
  succeeded: Type.Number(),
  reused: Type.Number(),
  skipped: Type.Number(),
  failed: Type.Number(),
  blocked: Type.Number(),
  cancelled: Type.Number(),
});
export type StepCounts = Static<typeof StepCounts>;

export const BackfillSummary = Type.Object({
  id: Type.String(),
  state: Type.String(),
  select: Type.String(),
  partition: Type.String(),
  only: Type.Array(Only),
  params: Type.Record(Type.String(), Json),
  force: Type.Boolean(),
  chunk: Type.Number(),
  retryOf: Nullable(Type.String()),
  /** the evaluation of conditions that asked for it */
  evaluation: Type.Optional(Type.Number()),
  createdAt: Type.Number(),
  startedAt: Nullable(Type.Number()),
  endedAt: Nullable(Type.Number()),
  error: Nullable(ErrorShape),
  counts: StepCounts,
});
export type BackfillSummary = Static<typeof BackfillSummary>;

export const BackfillReport = Type.Object({
  ...BackfillSummary.properties,
  assets: Type.Array(Type.Object({ key: Type.String(), counts: StepCounts })),
  runs: Type.Array(Type.Object({ run: Type.String(), state: Type.String() })),
  failures: Type.Array(
    Type.Object({ key: Type.String(), partition: Nullable(Type.String()), run: Type.String(), message: Type.String() }),
  ),
});
export type BackfillReport = Static<typeof BackfillReport>;

/** What a backfill would do; `ranges` are the partitions of each action as `K` and `A..B`. */
export const BackfillPlan = Type.Object({
  total: Type.Number(),
  runs: Type.Number(),
  assets: Type.Array(
    Type.Object({
      key: Type.String(),
      run: Type.Number(),
      reuse: Type.Number(),
      skip: Type.Number(),
      ranges: Type.Array(Type.String()),
      estimateMs: Nullable(Type.Number()),
    }),
  ),
  reasons: Type.Array(
    Type.Object({ key: Type.String(), action: Type.String(), reason: Type.String(), count: Type.Number() }),
  ),
});
export type BackfillPlan = Static<typeof BackfillPlan>;
