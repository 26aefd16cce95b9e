import { Json, Nullable, type Static, Type } from "./schema.ts";

/** How each asset differs from what is published, and what a run would do about it. */
export const ChangesReport = Type.Object({
  assets: Type.Array(
    Type.Object({
      key: Type.String(),
      notebook: Type.String(),
      change: Type.Union([
        Type.Literal("added"),
        Type.Literal("removed"),
        Type.Literal("direct"),
        Type.Literal("indirect"),
        Type.Literal("unchanged"),
      ]),
      affected: Type.Boolean(),
      columns: Nullable(
        Type.Object({
          added: Type.Array(Type.String()),
          removed: Type.Array(Type.String()),
          changed: Type.Array(Type.String()),
        }),
      ),
      reason: Type.String(),
      /** what a run would do, null where it does nothing */
      action: Nullable(Type.String()),
      why: Nullable(Type.String()),
      estimateMs: Nullable(Type.Number()),
    }),
  ),
});
export type ChangesReport = Static<typeof ChangesReport>;

const PromotionSummary = Type.Object({
  id: Type.String(),
  at: Type.Number(),
  rolledBackAt: Nullable(Type.Number()),
  moves: Type.Array(
    Type.Object({
      asset: Type.String(),
      partition: Type.String(),
      from: Nullable(Type.Integer()),
      to: Type.Integer(),
    }),
  ),
  revisions: Type.Array(Type.Object({ path: Type.String(), from: Nullable(Type.String()), to: Type.String() })),
});

export const BranchReport = Type.Object({
  name: Type.String(),
  createdAt: Type.Number(),
  notebooks: Type.Array(Type.Object({ path: Type.String(), revision: Type.String(), base: Nullable(Type.String()) })),
  /** what it reads in place of what is published: numbers of facts */
  pointers: Type.Array(
    Type.Object({
      asset: Type.String(),
      partition: Type.String(),
      fact: Type.Integer(),
      base: Nullable(Type.Integer()),
    }),
  ),
  promotions: Type.Array(PromotionSummary),
});
export type BranchReport = Static<typeof BranchReport>;

/** What differs between an asset of a branch and what is published. `data` null: not made, or no table. */
export const BranchDiff = Type.Object({
  assets: Type.Array(
    Type.Object({
      key: Type.String(),
      partition: Type.String(),
      change: Type.String(),
      reason: Type.String(),
      data: Nullable(
        Type.Object({
          columns: Type.Object({ added: Json, removed: Json, retyped: Json }),
          rows: Type.Object({
            before: Type.Number(),
            after: Type.Number(),
            added: Type.Number(),
            removed: Type.Number(),
            changed: Nullable(Type.Number()),
          }),
          differing: Nullable(Type.Record(Type.String(), Type.Number())),
          samples: Type.Object({
            added: Type.Array(Json),
            removed: Type.Array(Json),
            changed: Type.Array(Json),
          }),
        }),
      ),
    }),
  ),
});
