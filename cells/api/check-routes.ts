import { flag, get, most, path, select, send } from "./route.ts";
import { CheckSummary, FreshnessReport, Json, RunReport, SeriesReport, Text, Type } from "./schema.ts";

/** Checks, freshness and figures over time: what they say, the rows that are wrong, and carrying checks out again. */
export const checkRoutes = {
  checks: get(
    "/api/checks",
    "checks of assets, and what each last said",
    Type.Object({ select, failed: flag }),
    Type.Object({ checks: Type.Array(CheckSummary) }),
  ),
  freshness: get(
    "/api/freshness",
    "assets with a freshness policy, and whether they are too old",
    Type.Object({ select, at: Type.Optional(Text) }),
    Type.Object({ assets: Type.Array(FreshnessReport) }),
  ),
  series: get(
    "/api/assets/:key/series",
    "a figure of an asset over time: rows, bytes, ms, nulls(column), or a number that its cell told; without a name, which there are",
    Type.Object({ key: path, name: Type.Optional(Text), partition: Type.Optional(Text), limit: most }),
    SeriesReport,
  ),
  checkRows: {
    ...get(
      "/api/checks/:key/:check/rows",
      "the first 10,000 rows that a check last found wrong, as a file",
      Type.Object({
        key: path,
        check: path,
        partition: Type.Optional(Text),
        format: Type.Optional(
          Type.Union([
            Type.Literal("parquet"),
            Type.Literal("arrow"),
            Type.Literal("arrow-stream"),
            Type.Literal("csv"),
            Type.Literal("json"),
          ]),
        ),
      }),
      Json,
    ),
    answer: "bytes",
  } as const,
  runChecks: send(
    "POST",
    "/api/checks/run",
    "carries out the checks of what there is again, and computes nothing",
    Type.Object({ select, partition: Type.Optional(Text) }),
    RunReport,
  ),
};
