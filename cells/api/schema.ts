// Long because it is the one list of shapes that cross HTTP, most of which name each other.
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { Type, type Static, type TSchema } from "typebox";
import { Check, Errors } from "typebox/schema";

/** Shapes that cross the HTTP boundary. TypeBox schemas are plain JSON Schema: they validate, type the client, and are the OpenAPI document. */
export const Json = Type.Unknown();
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = Type.String({ maxLength: 4096 });

export const Problem = Type.Object({
  path: Type.String(),
  cell: Nullable(Type.Integer()),
  line: Type.Integer(),
  column: Type.Integer(),
  severity: Type.Union([Type.Literal("error"), Type.Literal("warning")]),
  code: Type.String(),
  message: Type.String(),
});
export type Problem = Static<typeof Problem>;

export const CheckReport = Type.Object({
  ok: Type.Boolean(),
  notebooks: Type.Array(
    Type.Object({
      path: Type.String(),
      id: Nullable(Type.String()),
      title: Type.String(),
      cells: Type.Array(
        Type.Object({
          id: Type.Integer(),
          kind: Type.String(),
          inputs: Type.Array(Type.String()),
          outputs: Type.Array(Type.String()),
        }),
      ),
    }),
  ),
  problems: Type.Array(Problem),
});
export type CheckReport = Static<typeof CheckReport>;

export const NotebookSummary = Type.Object({
  path: Type.String(),
  id: Nullable(Type.String()),
  title: Type.String(),
  revision: Type.String({ description: "SHA-256 of the file's text" }),
  published: Nullable(Type.Object({ revision: Type.String(), at: Type.Number() })),
  schedule: Type.Array(Type.String()),
  nextTick: Nullable(Type.Number()),
  errors: Type.Integer(),
  trusted: Type.Boolean(),
});
export type NotebookSummary = Static<typeof NotebookSummary>;

export const NotebookDocument = Type.Object({
  path: Type.String(),
  text: Type.String(),
  revision: Type.String(),
  published: Nullable(Type.Object({ revision: Type.String(), at: Type.Number() })),
  trusted: Type.Boolean(),
});
export type NotebookDocument = Static<typeof NotebookDocument>;

/** How old an asset may be, and whether it is too old. */
export const FreshnessReport = Type.Object({
  asset: Type.String(),
  policy: Type.String(),
  state: Type.Union([Type.Literal("pass"), Type.Literal("warn"), Type.Literal("fail"), Type.Literal("unknown")]),
  deadline: Nullable(Type.Number({ description: "when the state gets worse by itself" })),
  lastSuccessAt: Nullable(Type.Number()),
  reason: Type.String(),
});
export type FreshnessReport = Static<typeof FreshnessReport>;

/** Figures of an asset over time, oldest first. */
export const SeriesReport = Type.Object({
  names: Type.Array(Type.Object({ name: Type.String(), last: Type.Number(), points: Type.Integer() })),
  points: Type.Array(
    Type.Object({
      at: Type.Number(),
      value: Type.Number(),
      partition: Nullable(Type.String()),
      run: Type.String(),
    }),
  ),
});
export type SeriesReport = Static<typeof SeriesReport>;

export const AssetSummary = Type.Object({
  key: Type.String(),
  notebook: Type.String(),
  cell: Type.Integer(),
  kind: Type.String(),
  inputs: Type.Array(Type.String()),
  partitions: Nullable(Type.String()),
  automation: Type.String(),
  tags: Type.Record(Type.String(), Type.String()),
  owners: Type.Array(Type.String()),
  group: Type.String(),
  description: Nullable(Type.String()),
  virtual: Type.Boolean(),
  status: Type.String(),
  reason: Type.String(),
  health: Type.Union([
    Type.Literal("healthy"),
    Type.Literal("warning"),
    Type.Literal("degraded"),
    Type.Literal("unknown"),
  ]),
  healthReason: Type.String(),
  freshness: Nullable(FreshnessReport),
});
export type AssetSummary = Static<typeof AssetSummary>;

const ColumnSchema = Type.Object({ name: Type.String(), type: Type.String() });

const factMembers = {
  seq: Type.Integer(),
  asset: Type.String(),
  partition: Type.String(),
  run: Type.String(),
  codeVersion: Type.String(),
  dataVersion: Type.String(),
  inputs: Type.Record(Type.String(), Type.String()),
  bound: Type.String(),
  memoKey: Type.String(),
  format: Type.Union([Type.Literal("parquet"), Type.Literal("json"), Type.Literal("virtual")]),
  sha256: Type.String(),
  bytes: Type.Number(),
  rows: Nullable(Type.Number()),
  schema: Type.Array(ColumnSchema),
  ms: Type.Number(),
  engine: Type.String(),
  createdAt: Type.Number(),
  expiresAt: Nullable(Type.Number()),
};
export const MaterializationFact = Type.Object(factMembers);

export const ErrorShape = Type.Object({
  name: Type.String(),
  code: Nullable(Type.String()),
  message: Type.String(),
  data: Type.Record(Type.String(), Json),
});

const StepErrorShape = Type.Object({
  name: Type.String(),
  code: Nullable(Type.String()),
  message: Type.String(),
  data: Type.Record(Type.String(), Json),
  cell: Nullable(Type.Integer()),
  line: Nullable(Type.Integer()),
  column: Nullable(Type.Integer()),
});

/** What a check said of one materialization. */
export const CheckOutcome = Type.Object({
  check: Type.String(),
  partition: Nullable(Type.String()),
  status: Type.Union([Type.Literal("passed"), Type.Literal("failed"), Type.Literal("errored")]),
  severity: Type.Union([Type.Literal("error"), Type.Literal("warn")]),
  blocking: Type.Boolean(),
  failing: Nullable(Type.Number({ description: "how many rows are wrong; null where the check gave no rows" })),
  kept: Type.Number({ description: "how many of them can be read" }),
  message: Type.String(),
  metadata: Type.Record(Type.String(), Json),
  run: Type.String(),
  ms: Type.Number(),
  at: Type.Number(),
});
export type CheckOutcome = Static<typeof CheckOutcome>;

/** A materialization with what is told of it beside its bytes. */
export const MaterializationReport = Type.Object({
  ...factMembers,
  refused: Type.Boolean({ description: "a check kept it from its readers" }),
  retired: Type.Boolean({ description: "retain keeps it no longer: its data are gone, or soon will be" }),
  statistics: Type.Array(
    Type.Object({
      name: Type.String(),
      nulls: Type.Number(),
      min: Nullable(Type.String()),
      max: Nullable(Type.String()),
      distinct: Nullable(Type.Number({ description: "how many different values, within some percent" })),
    }),
  ),
  metadata: Type.Record(Type.String(), Json),
  checks: Type.Array(CheckOutcome),
});

export type MaterializationReport = Static<typeof MaterializationReport>;

/** A check of an asset, and what it last said: of each partition, where the asset has some. */
export const CheckSummary = Type.Object({
  asset: Type.String(),
  check: Type.String(),
  kind: Type.Union([Type.Literal("cell"), Type.Literal("rule")]),
  cell: Type.Integer(),
  severity: Type.Union([Type.Literal("error"), Type.Literal("warn")]),
  blocking: Type.Boolean(),
  description: Nullable(Type.String()),
  results: Type.Array(CheckOutcome),
});
export type CheckSummary = Static<typeof CheckSummary>;

export const PlanReport = Type.Object({
  steps: Type.Array(
    Type.Object({
      key: Type.String(),
      partition: Nullable(Type.String()),
      action: Type.Union([Type.Literal("run"), Type.Literal("reuse"), Type.Literal("skip")]),
      reason: Type.String(),
      estimateMs: Nullable(Type.Number()),
    }),
  ),
});
export type PlanReport = Static<typeof PlanReport>;

export const StepReport = Type.Object({
  key: Type.String(),
  partition: Nullable(Type.String()),
  state: Type.String(),
  attempt: Type.Integer(),
  reason: Type.String(),
  /** why it has not begun, where that is a pool */
  waitsFor: Nullable(Type.String()),
  rows: Nullable(Type.Number()),
  bytes: Nullable(Type.Number()),
  ms: Nullable(Type.Number()),
  dataVersion: Nullable(Type.String()),
  checks: Type.Array(CheckOutcome),
  error: Nullable(StepErrorShape),
  startedAt: Nullable(Type.Number()),
  endedAt: Nullable(Type.Number()),
});
export type StepReport = Static<typeof StepReport>;

export const RunSummary = Type.Object({
  run: Type.String(),
  state: Type.String(),
  trigger: Json,
  selection: Type.String(),
  partition: Nullable(Type.String()),
  tags: Type.Record(Type.String(), Type.String()),
  priority: Type.Number(),
  /** why it has not begun, as the end of a sentence; null where it has */
  waitsFor: Nullable(Type.String()),
  createdAt: Type.Number(),
  startedAt: Nullable(Type.Number()),
  endedAt: Nullable(Type.Number()),
  error: Nullable(ErrorShape),
});
export type RunSummary = Static<typeof RunSummary>;

export const RunReport = Type.Object({
  run: Type.String(),
  state: Type.String(),
  trigger: Json,
  selection: Type.String(),
  partition: Nullable(Type.String()),
  tags: Type.Record(Type.String(), Type.String()),
  priority: Type.Number(),
  /** why it has not begun, as the end of a sentence; null where it has */
  waitsFor: Nullable(Type.String()),
  createdAt: Type.Number(),
  startedAt: Nullable(Type.Number()),
  endedAt: Nullable(Type.Number()),
  error: Nullable(ErrorShape),
  steps: Type.Array(StepReport),
});
export type RunReport = Static<typeof RunReport>;

export const EventShape = Type.Object({ seq: Type.Integer(), at: Type.Number(), event: Json });

const ColumnUse = Type.Object({ id: Type.String(), column: Nullable(Type.String()), use: Type.String() });

/** Where the columns of one asset come from; `unknown` says why it cannot be told. */
export const AssetColumns = Type.Object({
  key: Type.String(),
  columns: Nullable(Type.Array(Type.Object({ name: Type.String(), type: Type.String(), from: Type.Array(ColumnUse) }))),
  rows: Type.Array(ColumnUse),
  unknown: Nullable(Type.String()),
});
export type AssetColumns = Static<typeof AssetColumns>;

const TracedColumn = Type.Object({
  id: Type.String(),
  column: Nullable(Type.String()),
  how: Type.Union([Type.Literal("direct"), Type.Literal("indirect"), Type.Literal("unknown")]),
  distance: Type.Integer(),
});

export const LineageReport = Type.Object({
  nodes: Type.Array(Json),
  edges: Type.Array(Json),
  columns: Type.Optional(Type.Array(AssetColumns)),
  trace: Type.Optional(
    Type.Object({
      id: Type.String(),
      column: Type.String(),
      upstream: Type.Array(TracedColumn),
      downstream: Type.Array(TracedColumn),
    }),
  ),
});
export type LineageReport = Static<typeof LineageReport>;

export const ShareSummary = Type.Object({
  id: Type.String(),
  selection: Type.String(),
  run: Nullable(Type.String()),
  withData: Type.Boolean(),
  createdAt: Type.Number(),
  expiresAt: Nullable(Type.Number()),
  revokedAt: Nullable(Type.Number()),
});
export type ShareSummary = Static<typeof ShareSummary>;

/** Resources, and uses of names that are none. */
export const ResourceReport = Type.Object({
  resources: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.String(),
      /** globs; null for every notebook */
      notebooks: Nullable(Type.Array(Type.String())),
      /** names of secrets that it needs */
      secrets: Type.Array(Type.String()),
      usedBy: Type.Array(Type.Object({ notebook: Type.String(), cell: Type.Number(), granted: Type.Boolean() })),
      /** null where it was not asked */
      reachable: Nullable(Type.Boolean()),
      /** what it is, or why it does not answer */
      says: Nullable(Type.String()),
    }),
  ),
  missing: Type.Array(Type.Object({ name: Type.String(), notebook: Type.String(), cell: Type.Number() })),
});

/** What is wrong with a value that came from outside, as "member: fact"; null where it has the shape. */
export function shapeError(schema: TSchema, value: unknown): string | null {
  if (Check(schema, value)) return null;
  const [, [first]] = Errors(schema, value);
  if (first === undefined) return "has another shape";
  const at = first.instancePath.slice(1);
  const { requiredProperties: missing } = first.params as { readonly requiredProperties?: readonly string[] };
  if (missing !== undefined)
    return `${at === "" ? "" : `${at}: `}${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing`;
  const member = membersOf(schema)[at];
  const words = wordsOf(member);
  if (words.length > 0) return `${at}: must be one of ${words.join(", ")}`;
  // a pattern says nothing to people: its schema does
  const meant = member !== undefined && "description" in member ? String(member.description) : null;
  return `${at || "input"}: ${first.keyword === "pattern" && meant !== null ? `must be ${meant}` : first.message}`;
}

/** What is said of the first member that a route does not take, with the nearest that it does; null where it takes all. */
export function unknownMember(schema: TSchema, value: Readonly<Record<string, unknown>>): string | null {
  const known = Object.keys(membersOf(schema));
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return null;
  const right = known.length === 0 ? "it takes none" : `${didYouMean(unknown, known)}there are ${known.join(", ")}`;
  return `${quote(unknown)} is no member of it; ${right}`;
}

function membersOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return "properties" in schema ? (schema.properties as Readonly<Record<string, TSchema>>) : {};
}

/** The texts that a member may be, where it is one of a few. */
function wordsOf(schema: TSchema | undefined): readonly string[] {
  if (schema === undefined || !("anyOf" in schema) || !Array.isArray(schema.anyOf)) return [];
  const words = schema.anyOf.map((one: unknown) => (one as { readonly const?: unknown }).const);
  return words.every((word) => typeof word === "string") ? words : [];
}

export { Type, type Static, type TSchema, Nullable, Text };
