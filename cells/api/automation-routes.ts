import { get, most, path, send, whole } from "./route.ts";
import { Json, Nullable, Text, Type } from "./schema.ts";

/** Conditions and how they stand. `tree` is an `EvaluationReport` of `cells/automation`; null where none was evaluated. */
const AutomationReport = Type.Object({
  assets: Type.Array(
    Type.Object({
      key: Type.String(),
      automation: Type.String(),
      held: Nullable(Type.Union([Type.Literal("unpublished"), Type.Literal("paused")])),
      sentence: Type.String(),
      requested: Type.Number(),
      tree: Json,
      evaluatedAt: Nullable(Type.Number()),
    }),
  ),
});

const EvaluationList = Type.Object({
  evaluations: Type.Array(
    Type.Object({
      id: Type.Number(),
      evaluation: Type.Number(),
      asset: Type.String(),
      at: Type.Number(),
      lastAt: Type.Number(),
      count: Type.Number(),
      requested: Type.Number(),
      sentence: Type.String(),
      tree: Json,
      run: Nullable(Type.String()),
      /** in place of a run, where very many partitions were asked for */
      backfill: Nullable(Type.String()),
      problem: Nullable(Type.String()),
    }),
  ),
});

const TickShape = Type.Object({
  id: Type.Number(),
  at: Type.Number(),
  ms: Type.Number(),
  state: Type.Union([Type.Literal("run"), Type.Literal("skipped"), Type.Literal("failed")]),
  reason: Type.String(),
  runs: Type.Array(Type.String()),
  cursor: Nullable(Type.String()),
});

const SensorShape = Type.Object({
  /** `notebook/name` */
  key: Type.String(),
  kind: Type.Union([
    Type.Literal("code"),
    Type.Literal("cron"),
    Type.Literal("file"),
    Type.Literal("webhook"),
    Type.Literal("asset"),
    Type.Literal("run"),
  ]),
  /** the sensor's attribute in a few words */
  says: Type.String(),
  cell: Type.Number(),
  everyMs: Type.Number(),
  select: Type.String(),
  paused: Type.Boolean(),
  /** why it cannot be evaluated */
  problem: Nullable(Type.String()),
  cursor: Nullable(Type.String()),
  failures: Type.Number(),
  last: Nullable(TickShape),
  /** null: when something comes */
  nextAt: Nullable(Type.Number()),
});

/** Largest body of a webhook. */
const webhookBytes = 256 * 1024;

/** Conditions and sensors: how they stand, what they decided, pausing, trying out, and calls from outside. */
export const automationRoutes = {
  automation: get(
    "/api/automation",
    "how the conditions stand by which assets are materialized, as sentences and trees; of one asset or notebook, now or at an instant",
    Type.Object({ key: Type.Optional(path), at: Type.Optional(Text) }),
    AutomationReport,
  ),
  evaluations: get(
    "/api/automation/:key/evaluations",
    "what a condition decided, newest first; before is the id of the last one of the page before",
    Type.Object({ key: path, limit: most, before: whole }),
    EvaluationList,
  ),
  pauseAutomation: send(
    "POST",
    "/api/automation/pause",
    "pauses or resumes the conditions of an asset or a notebook",
    Type.Object({ name: path, paused: Type.Boolean() }),
    Type.Object({ changed: Type.Boolean() }),
    4096,
  ),
  signal: send(
    "POST",
    "/api/automation/signal",
    'says what conditions ask with signal("name"): true for this moment (once, as where nothing is said), or until it is taken back; of one asset, of some of its partitions, or of everything',
    Type.Object({
      name: Type.String({ minLength: 1, maxLength: 200 }),
      key: Type.Optional(path),
      partition: Type.Optional(Text),
      value: Type.Optional(Type.Union([Type.Boolean(), Type.Literal("once")])),
    }),
    Type.Object({ seq: Type.Number() }),
    16_384,
  ),
  sensors: get(
    "/api/sensors",
    "the sensors of published notebooks, and how they stand",
    Type.Object({}),
    Type.Object({ sensors: Type.Array(SensorShape) }),
  ),
  sensor: get(
    "/api/sensors/:key",
    "one sensor with its last ticks, newest first",
    Type.Object({ key: path, limit: most }),
    Type.Object({ sensor: SensorShape, ticks: Type.Array(TickShape) }),
  ),
  changeSensor: send(
    "POST",
    "/api/sensors/:key",
    "pauses or resumes a sensor, or sets its cursor (null: as before its first tick); run keys stay",
    Type.Object({
      key: path,
      paused: Type.Optional(Type.Boolean()),
      cursor: Type.Optional(Nullable(Type.String({ maxLength: 65536 }))),
    }),
    SensorShape,
    131072,
  ),
  testSensor: send(
    "POST",
    "/api/sensors/:key/test",
    "evaluates a sensor, with a cursor of one's own if given, and says what it would do; nothing is done",
    Type.Object({ key: path, cursor: Type.Optional(Nullable(Type.String({ maxLength: 65536 }))) }),
    Type.Object({
      runs: Type.Array(
        Type.Object({
          select: Type.String(),
          partition: Nullable(Type.String()),
          key: Nullable(Type.String()),
          tags: Type.Record(Type.String(), Type.String()),
          params: Type.Record(Type.String(), Json),
          /** a run had this key before: there would be none */
          known: Type.Boolean(),
        }),
      ),
      skip: Nullable(Type.String()),
      cursor: Nullable(Type.String()),
      partitions: Type.Object({
        add: Type.Record(Type.String(), Type.Array(Type.String())),
        remove: Type.Record(Type.String(), Type.Array(Type.String())),
      }),
      ms: Type.Number(),
    }),
    131072,
  ),
  webhook: {
    ...send(
      "POST",
      "/api/sensors/:key/webhook",
      "wakes a webhook sensor; the caller tells its secret as a bearer token, or signs the body with it",
      Type.Object({ key: path }),
      Type.Object({ accepted: Type.Literal(true) }),
      webhookBytes,
      "none",
    ),
    body: "text",
  } as const,
} as const;
