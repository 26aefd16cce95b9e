import { createHash } from "node:crypto";
import type { WireError } from "../../cells/errors.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Run } from "../../cells/model/run.ts";
import { columnLineage, type ColumnSources } from "./openlineage-columns.ts";

/** A run event of OpenLineage 2-0-2. */
export interface OpenLineageEvent {
  readonly eventType: "START" | "COMPLETE" | "FAIL" | "ABORT";
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly (Dataset & { readonly outputFacets?: Facets })[];
}

type Facets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
}

/** Of a check of an asset, as the facet of assertions has it. */
interface Assertion {
  readonly assertion: string;
  readonly success: boolean;
}

/** A step of a run, as far as lineage tells of it. */
export interface LineageStep {
  readonly asset: string;
  readonly partition: string;
  readonly attempt: number;
  readonly error: WireError | null;
  /** what it made; null where it made nothing (yet) */
  readonly fact: Materialization | null;
  /** text of its cell, and in which language */
  readonly source: { readonly language: string; readonly text: string } | null;
  readonly assertions: readonly Assertion[];
  /** where its columns come from; null where that is not known */
  readonly columns: ColumnSources | null;
}

/** Who tells. */
export interface Teller {
  readonly namespace: string;
  readonly version: string;
}

const spec = "https://openlineage.io/spec";
const producer = "https://cellar.local/openlineage";

/** An event of a whole run: the parent of those of its steps. */
export function runEvent(type: OpenLineageEvent["eventType"], at: number, run: Run, teller: Teller): OpenLineageEvent {
  return {
    eventType: type,
    eventTime: new Date(at).toISOString(),
    producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId: run.id,
      facets: { ...nominalTime(run), ...engine(teller), ...(run.error === null ? {} : errorMessage(run.error, "sql")) },
    },
    job: { namespace: teller.namespace, name: jobNameOf(run), facets: jobType("JOB") },
    inputs: [],
    outputs: [],
  };
}

/** An event of a step: one job for each asset, its run below that of the run. An attempt has the same id each time it is told. */
export function stepEvent(
  type: OpenLineageEvent["eventType"],
  at: number,
  run: Run,
  step: LineageStep,
  teller: Teller,
): OpenLineageEvent {
  const { namespace } = teller;
  const { fact, source } = step;
  const parent = {
    run: { runId: run.id },
    job: { namespace, name: jobNameOf(run) },
    root: { run: { runId: run.id }, job: { namespace, name: jobNameOf(run) } },
  };
  return {
    eventType: type,
    eventTime: new Date(at).toISOString(),
    producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId: stepRunId(run.id, step),
      facets: {
        parent: facet("1-2-0/ParentRunFacet", parent),
        ...nominalTime(run),
        ...engine(teller),
        ...(step.error === null ? {} : errorMessage(step.error, source?.language ?? "sql")),
      },
    },
    job: {
      namespace,
      name: step.asset,
      facets: {
        ...jobType("MODEL"),
        ...(source === null
          ? {}
          : source.language === "sql"
            ? { sql: facet("1-1-0/SQLJobFacet", { query: source.text, dialect: "duckdb" }) }
            : {
                sourceCode: facet("1-0-1/SourceCodeJobFacet", { language: source.language, sourceCode: source.text }),
              }),
      },
    },
    inputs: Object.entries(fact?.inputs ?? {}).map(([name, version]) => ({
      namespace,
      name,
      facets: { version: facet("1-0-1/DatasetVersionDatasetFacet", { datasetVersion: version }) },
    })),
    outputs: type === "COMPLETE" && fact !== null ? [output(namespace, fact, step)] : [{ namespace, name: step.asset }],
  };
}

/** The id of a step's attempt: a UUID (version 5) of its names. */
function stepRunId(
  run: string,
  { asset, partition, attempt }: Pick<LineageStep, "asset" | "partition" | "attempt">,
): string {
  const bytes = createHash("sha1")
    .update(JSON.stringify([run, asset, partition, attempt]))
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex").slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function output(
  namespace: string,
  fact: Materialization,
  { assertions, columns }: Pick<LineageStep, "assertions" | "columns">,
) {
  return {
    namespace,
    name: fact.asset,
    facets: {
      schema: facet("1-1-1/SchemaDatasetFacet", { fields: fact.schema.map(({ name, type }) => ({ name, type })) }),
      version: facet("1-0-1/DatasetVersionDatasetFacet", { datasetVersion: fact.dataVersion }),
      ...(columns === null
        ? {}
        : { columnLineage: facet("1-2-0/ColumnLineageDatasetFacet", columnLineage(namespace, columns)) }),
      ...(assertions.length === 0
        ? {}
        : { dataQualityAssertions: facet("1-1-0/DataQualityAssertionsDatasetFacet", { assertions }) }),
    },
    outputFacets: {
      outputStatistics: facet("1-0-2/OutputStatisticsOutputDatasetFacet", {
        ...(fact.rows === null ? {} : { rowCount: fact.rows }),
        size: fact.bytes,
        fileCount: fact.format === "virtual" ? 0 : 1,
      }),
    },
  };
}

function jobNameOf({ trigger, tags, selection }: Run): string {
  if (tags["job"] !== undefined) return `job:${tags["job"]}`;
  if (trigger.type === "schedule") return trigger.schedule;
  return selection === "" ? "run" : `run ${selection}`;
}

function nominalTime({ trigger }: Run): Facets {
  if (trigger.type !== "schedule") return {};
  return {
    nominalTime: facet("1-0-1/NominalTimeRunFacet", { nominalStartTime: new Date(trigger.tick).toISOString() }),
  };
}

function engine({ version }: Teller): Facets {
  return {
    processing_engine: facet("1-1-1/ProcessingEngineRunFacet", {
      name: "cellar",
      version,
      openlineageAdapterVersion: version,
    }),
  };
}

/** Of a cell of this kind. */
function errorMessage({ message }: WireError, kind: string): Facets {
  const programmingLanguage = kind === "sql" ? "SQL" : kind === "ts" ? "TypeScript" : "JavaScript";
  return { errorMessage: facet("1-0-1/ErrorMessageRunFacet", { message, programmingLanguage }) };
}

function jobType(type: string): Facets {
  return { jobType: facet("2-0-4/JobTypeJobFacet", { processingType: "BATCH", integration: "CELLAR", jobType: type }) };
}

function facet(name: string, body: object): Readonly<Record<string, unknown>> {
  const [version = "", type = ""] = name.split("/");
  return { _producer: producer, _schemaURL: `${spec}/facets/${version}/${type}.json#/$defs/${type}`, ...body };
}
