import { BackfillInput, BackfillPlan, BackfillReport, BackfillSummary, PartitionChange } from "./backfill-schema.ts";
import { done, get, mebi, most, send } from "./route.ts";
import { Text, Type } from "./schema.ts";

/** Keys of dynamic partitions, and backfills. */
export const partitionRoutes = {
  dynamicPartitions: get(
    "/api/partitions/:name",
    "the keys of dynamic partitions by their name, in order",
    Type.Object({ name: Text }),
    Type.Object({ name: Type.String(), keys: Type.Array(Type.String()) }),
  ),
  changePartitions: send(
    "POST",
    "/api/partitions/:name",
    "adds keys to dynamic partitions, and takes others away; what is so already stays so",
    Type.Object({
      name: Text,
      add: Type.Optional(Type.Array(Text, { maxItems: 100_000 })),
      remove: Type.Optional(Type.Array(Text, { maxItems: 100_000 })),
    }),
    PartitionChange,
    16 * mebi,
  ),
  removePartition: send(
    "DELETE",
    "/api/partitions/:name/:partition",
    "takes one key of dynamic partitions away",
    Type.Object({ name: Text, partition: Text }),
    PartitionChange,
  ),

  backfills: get(
    "/api/backfills",
    "backfills, newest first",
    Type.Object({ limit: most }),
    Type.Object({ backfills: Type.Array(BackfillSummary) }),
  ),
  startBackfill: send(
    "POST",
    "/api/backfills",
    "one request over many partitions; it goes on until they are done, also over a restart",
    Type.Object(BackfillInput),
    BackfillReport,
  ),
  planBackfill: send(
    "POST",
    "/api/backfills/plan",
    "what a backfill would do, and why",
    Type.Object(BackfillInput),
    BackfillPlan,
  ),
  backfill: get("/api/backfills/:id", "one backfill with its progress", Type.Object({ id: Text }), BackfillReport),
  cancelBackfill: send(
    "POST",
    "/api/backfills/:id/cancel",
    "ends a backfill and its queries; what is done stays",
    Type.Object({ id: Text }),
    done,
  ),
  retryBackfill: send(
    "POST",
    "/api/backfills/:id/retry",
    "a new backfill of what this one left: failed, blocked, cancelled, not begun",
    Type.Object({ id: Text }),
    BackfillReport,
  ),
} as const;
