// Long because it is the one list of routes.
import {
  AssetSummary,
  CheckReport,
  EventShape,
  Json,
  LineageReport,
  MaterializationFact,
  MaterializationReport,
  NotebookDocument,
  NotebookSummary,
  Nullable,
  PlanReport,
  RunReport,
  RunSummary,
  ShareSummary,
  type Static,
  Text,
  Type,
} from "./schema.ts";
import { alertRoutes } from "./alert-routes.ts";
import { automationRoutes } from "./automation-routes.ts";
import { checkRoutes } from "./check-routes.ts";
import { branch, branchRoutes } from "./branch-routes.ts";
import { partitionRoutes } from "./partition-routes.ts";
import { done, flag, get, mebi, most, path, priority, type Route, select, send, tags, whole } from "./route.ts";
import { resourceRoutes } from "./resource-routes.ts";
import { scheduleRoutes } from "./schedule-routes.ts";

/** Every route of the server. The HTTP layer serves these and no others; the client is typed by them; OpenAPI is printed from them. */
export const routes = {
  ...automationRoutes,
  ...alertRoutes,
  health: get(
    "/api/health",
    "whether the server answers, and which it is",
    Type.Object({}),
    Type.Object({ ok: Type.Boolean(), version: Type.String(), workspace: Type.String() }),
    "none",
  ),
  login: send(
    "POST",
    "/api/login",
    "a session token for a one-time code",
    Type.Object({ code: Text }),
    Type.Object({ token: Type.String() }),
    4096,
    "none",
  ),
  loginCode: send(
    "POST",
    "/api/login-codes",
    "a new one-time code, for another browser",
    Type.Object({}),
    Type.Object({ url: Type.String() }),
    4096,
  ),
  session: get(
    "/api/session",
    "whether the token is good, and what the workspace is",
    Type.Object({}),
    Type.Object({ workspace: Type.String(), version: Type.String(), engine: Type.String() }),
  ),
  openapi: get("/api/openapi.json", "this API as OpenAPI 3.1", Type.Object({}), Json, "none"),
  configSchema: get(
    "/api/cellar.schema.json",
    "what may stand in cellar.json, as JSON Schema",
    Type.Object({}),
    Json,
    "none",
  ),
  metrics: {
    ...get("/api/metrics", "figures for Prometheus", Type.Object({}), Type.String()),
    answer: "bytes",
  } as const,
  events: {
    ...get(
      "/api/events",
      "everything that happens, or what of it is of one run, as server-sent events; resumes after a sequence number",
      Type.Object({ after: whole, run: Type.Optional(Text) }),
      EventShape,
    ),
    answer: "events",
  } as const,

  notebooks: get(
    "/api/notebooks",
    "the notebooks of the workspace",
    Type.Object({}),
    Type.Object({ notebooks: Type.Array(NotebookSummary) }),
  ),
  notebook: get("/api/notebooks/:path", "one notebook, with its text", Type.Object({ path }), NotebookDocument),
  saveNotebook: send(
    "PUT",
    "/api/notebooks/:path",
    "writes a notebook that is based on a revision (null: a new file)",
    Type.Object({ path, text: Type.String(), base: Nullable(Text) }),
    NotebookDocument,
    50 * mebi,
  ),
  deleteNotebook: send(
    "DELETE",
    "/api/notebooks/:path",
    "moves a notebook to the workspace's bin",
    Type.Object({ path, base: Text }),
    done,
  ),
  trustNotebook: send(
    "POST",
    "/api/notebooks/:path/trust",
    "says that this revision may run when it is opened",
    Type.Object({ path, revision: Text }),
    done,
  ),
  publish: send(
    "POST",
    "/api/notebooks/:path/publish",
    "makes the file's present text the revision that the server runs",
    Type.Object({ path }),
    Type.Object({ path: Type.String(), revision: Type.String(), warnings: Type.Array(Type.String()) }),
  ),
  unpublish: send(
    "DELETE",
    "/api/notebooks/:path/publish",
    "stops the server from running a notebook",
    Type.Object({ path }),
    done,
  ),
  params: get(
    "/api/notebooks/:path/params",
    "the params of a notebook as the server runs it, as a JSON Schema with their defaults",
    Type.Object({ path }),
    Json,
  ),
  check: get(
    "/api/check",
    "reads and compiles every notebook",
    Type.Object({ path: Type.Optional(path) }),
    CheckReport,
  ),

  files: get(
    "/api/files",
    "data files of the workspace",
    Type.Object({}),
    Type.Object({
      files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Number(), modifiedAt: Type.Number() })),
    }),
  ),
  file: { ...get("/api/files/:name", "one data file", Type.Object({ name: path }), Json), answer: "bytes" } as const,
  putFile: {
    ...send(
      "PUT",
      "/api/files/:name",
      "adds a data file to the workspace; never overwrites",
      Type.Object({ name: path }),
      Type.Object({ name: Type.String(), bytes: Type.Number() }),
      2048 * mebi,
    ),
    body: "upload",
  } as const,

  assets: get(
    "/api/assets",
    "assets with their state, as published or in a branch",
    Type.Object({ select, at: Type.Optional(Text), branch }),
    Type.Object({ assets: Type.Array(AssetSummary) }),
  ),
  partitions: get(
    "/api/assets/:key/partitions",
    "the partitions of an asset in order, from offset on, and how many stand how",
    Type.Object({ key: path, offset: whole, limit: whole, at: Type.Optional(Text) }),
    Type.Object({
      count: Type.Number(),
      keys: Type.Array(Type.String()),
      status: Type.Object({
        missing: Type.Number(),
        materialized: Type.Number(),
        failed: Type.Number(),
        stale: Type.Number(),
      }),
      note: Type.Optional(Type.String()),
    }),
  ),
  ...partitionRoutes,
  ...checkRoutes,
  history: get(
    "/api/assets/:key/materializations",
    "what an asset was, newest first; before is the seq of the last one of the page before",
    Type.Object({ key: path, partition: Type.Optional(Text), limit: most, before: whole, branch }),
    Type.Object({
      materializations: Type.Array(
        Type.Object({
          ...MaterializationReport.properties,
          current: Type.Boolean({ description: "readers see it" }),
        }),
      ),
    }),
  ),
  data: {
    ...get(
      "/api/assets/:key/data",
      "an asset as a file; version is a data version or a content hash",
      Type.Object({
        key: path,
        format: Type.Optional(
          Type.Union([
            Type.Literal("parquet"),
            Type.Literal("arrow"),
            Type.Literal("arrow-stream"),
            Type.Literal("csv"),
            Type.Literal("json"),
          ]),
        ),
        partition: Type.Optional(Text),
        version: Type.Optional(Text),
        branch,
      }),
      Json,
      "share",
    ),
    answer: "bytes",
  } as const,
  rows: {
    ...get(
      "/api/assets/:key/rows",
      "a page of an asset's rows as an Arrow stream",
      Type.Object({
        key: path,
        offset: whole,
        limit: whole,
        order: Type.Optional(Text),
        where: Type.Optional(Text),
        partition: Type.Optional(Text),
      }),
      Json,
    ),
    answer: "bytes",
  } as const,
  query: {
    ...send(
      "POST",
      "/api/query",
      "a SQL text over assets, and over the log as cellar.events and cellar.runs, on the server's engine; an Arrow stream",
      Type.Object({
        sql: Type.String({ maxLength: mebi }),
        notebook: Type.Optional(path),
        params: Type.Optional(Type.Array(Json)),
        limit: whole,
      }),
      Json,
    ),
    answer: "bytes",
  } as const,
  report: send(
    "POST",
    "/api/assets/:key/report",
    "takes a file of the workspace (Parquet, Arrow, CSV, TSV, JSON) as the asset's rows, made elsewhere: checked and kept as computed ones are",
    Type.Object({ key: path, file: path, partition: Type.Optional(Text) }),
    RunReport,
  ),
  wipe: send(
    "DELETE",
    "/api/assets/:key/materializations",
    "takes an asset, or some partitions of it (K, A..B or *), from its readers; the history stays",
    Type.Object({ key: path, partition: Type.Optional(Text) }),
    Type.Object({ wiped: Type.Number() }),
  ),
  hydration: get(
    "/api/hydration/:path",
    "what the server holds for a notebook's assets: what an opening page need not compute",
    Type.Object({ path }),
    Type.Object({ facts: Type.Array(MaterializationFact), fileVersions: Type.Record(Type.String(), Type.String()) }),
  ),

  plan: get(
    "/api/plan",
    "what a run would do, and why",
    Type.Object({ select, partition: Type.Optional(Text), force: flag, at: Type.Optional(Text) }),
    PlanReport,
  ),
  runs: get(
    "/api/runs",
    "runs, newest first; beforeId is the last run of the page before, before an instant in milliseconds since 1970; states parted by commas; tags as k=v&k, percent-encoded",
    Type.Object({
      limit: most,
      before: whole,
      beforeId: Type.Optional(Text),
      states: Type.Optional(Text),
      tags: Type.Optional(Text),
      asset: Type.Optional(path),
    }),
    Type.Object({ runs: Type.Array(RunSummary) }),
  ),
  startRun: send(
    "POST",
    "/api/runs",
    "starts a run",
    Type.Object({
      select,
      partition: Type.Optional(Text),
      params: Type.Optional(Type.Record(Type.String(), Json)),
      force: flag,
      draft: flag,
      key: Type.Optional(Text),
      tags,
      priority,
    }),
    RunReport,
  ),
  run: get("/api/runs/:id", "one run with its steps", Type.Object({ id: Text }), RunReport),
  runEvents: get(
    "/api/runs/:id/events",
    "what happened in a run, and its logs",
    Type.Object({ id: Text, after: whole }),
    Type.Object({ events: Type.Array(EventShape) }),
  ),
  cancelRun: send("POST", "/api/runs/:id/cancel", "cancels a run and its queries", Type.Object({ id: Text }), done),
  retryRun: send(
    "POST",
    "/api/runs/:id/retry",
    "starts the run again; what succeeded is reused. fromFailure: only what did not succeed; from: that asset and what depends on it, anew; all: all of it anew",
    Type.Object({ id: Text, fromFailure: flag, from: Type.Optional(path), all: flag }),
    RunReport,
  ),
  ...scheduleRoutes,
  ...resourceRoutes,
  ...branchRoutes,

  lineage: get(
    "/api/lineage",
    "assets and files with their edges and state; of now, or of one past run; where their columns come from, and what one column goes into",
    Type.Object({
      select,
      run: Type.Optional(Text),
      at: Type.Optional(Text),
      branch,
      columns: Type.Optional(
        Type.Union([Type.Boolean(), Type.Literal("true"), Type.Literal("false"), Type.Literal("1")]),
      ),
      column: Type.Optional(Text),
    }),
    LineageReport,
  ),
  shares: get(
    "/api/shares",
    "links that show lineage to others",
    Type.Object({}),
    Type.Object({ shares: Type.Array(ShareSummary) }),
  ),
  createShare: send(
    "POST",
    "/api/shares",
    "a link; its token is shown once",
    Type.Object({ select, run: Type.Optional(Text), withData: flag, expiresInMs: whole }),
    Type.Object({ id: Type.String(), url: Type.String(), token: Type.String(), expiresAt: Nullable(Type.Number()) }),
  ),
  revokeShare: send("DELETE", "/api/shares/:id", "ends a link at once", Type.Object({ id: Text }), done),
  shared: get(
    "/api/shared",
    "the lineage that a share's token shows",
    Type.Object({}),
    Type.Object({
      selection: Type.String(),
      run: Nullable(Type.String()),
      withData: Type.Boolean(),
      expiresAt: Nullable(Type.Number()),
      nodes: Type.Array(Json),
      edges: Type.Array(Json),
    }),
    "share",
  ),
} as const satisfies Record<string, Route>;

type Routes = typeof routes;
export type RouteName = keyof Routes;
export type InputOf<N extends RouteName> = Static<Routes[N]["input"]>;
export type OutputOf<N extends RouteName> = Static<Routes[N]["output"]>;
