import type { KernelCell, PartitionValue } from "../../cells/protocol/kernel.ts";
import type { Metadata } from "../../cells/model/metadata.ts";
import type { ColumnStatistics } from "../../cells/model/statistics.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import type { CellColumns } from "../../cells/lineage/column-lineage.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { SensorContext } from "../../cells/model/sensor-context.ts";

/** Bounds on what an engine process and its kernel may use. */
export interface Limits {
  readonly memoryBytes: number;
  readonly threads: number;
  readonly temporaryBytes: number;
  /** heap of the kernel child */
  readonly kernelHeapBytes: number;
}

/** A stored asset or a workspace file as a relation: the files that hold it. */
export interface StoredInput {
  readonly format: "parquet" | "json" | "csv" | "tsv" | "arrow";
  /** absolute paths, all inside the folders that the process was opened with */
  readonly paths: readonly string[];
  /** of a file of JSON lines whose columns are known: name → type of the engine; every other is looked into */
  readonly columns?: Readonly<Record<string, string>>;
  /** where there are no paths, since none of its partitions is read: the columns that it has otherwise; null where it was never made */
  readonly empty?: readonly Column[] | null;
}

/**
 * Server → engine process, once, before anything else. `folders` are the only places that DuckDB can ever open after this:
 * the lake and the workspace's data to read, one staging folder to write.
 */
export interface OpenEngine {
  readonly readable: readonly string[];
  readonly staging: string;
  readonly temporary: string;
  readonly limits: Limits;
}

/** Server → engine process, at any time: JavaScript will be asked for, so that its child may start now. */
export interface PrepareKernel {
  readonly kernelHeapBytes: number;
}

/** Server → engine process: the notebook that the coming steps belong to. */
export interface OpenNotebook {
  readonly path: string;
  readonly cells: readonly KernelCell[];
  readonly params: Readonly<Record<string, unknown>>;
  /** JavaScript will be asked for: its process is started now, while other steps run, and not with the first that needs it */
  readonly needsKernel?: boolean;
  /** what the built-in `sensor` is, where one of its cells is evaluated as a sensor */
  readonly sensor?: SensorContext;
}

/** What may cost the process its life. */
interface Demanding {
  /** the engine says when it begins on it (`begun`); without a number it does not */
  readonly ask?: number;
}

/** One asset to compute. */
export interface MaterializeRequest extends Demanding {
  readonly asset: AssetKey;
  readonly cell: number;
  readonly name: string;
  /** how the asset is to be kept */
  readonly store: "auto" | "parquet" | "json";
  /** stored inputs, by the name (`orders`, `sales.orders`) that the cell or a virtual ancestor of it reads */
  readonly inputs: readonly {
    readonly key: AssetKey;
    readonly schema: string | null;
    readonly name: string;
    readonly input: StoredInput;
  }[];
  /** the slice to compute, as the built-in `partition` has it; null for an asset without */
  readonly partition: PartitionValue | null;
  /** workspace files that it or a virtual ancestor reads: name as written → where it is */
  readonly files: Readonly<Record<string, string>>;
  /** rows that were made elsewhere: they are stored, and the cell is not asked */
  readonly given?: StoredInput;
  /** where the result is written; does not exist yet; in `staging` */
  readonly target: string;
  /** Parquet key-value metadata: asset, partition, versions, run */
  readonly metadata: Readonly<Record<string, string>>;
}

/** One check of an asset. It reads the asset by name, as the file among `inputs`. */
export interface CheckRequest extends Demanding {
  readonly asset: AssetKey;
  /** name of the check */
  readonly check: string;
  /** a cell of the open notebook, or SQL text that gives the wrong rows */
  readonly code: { readonly type: "cell"; readonly cell: number } | { readonly type: "sql"; readonly sql: string };
  readonly inputs: MaterializeRequest["inputs"];
  readonly partition: PartitionValue | null;
  readonly files: Readonly<Record<string, string>>;
  /** where wrong rows are written, where there are any; does not exist yet; in `staging` */
  readonly target: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** at most so many rows are written */
  readonly mostRows: number;
}

/** What a check said. */
export interface CheckAnswer {
  readonly passed: boolean;
  /** how many rows are wrong; null where it gave none to count */
  readonly failing: number | null;
  /** how many rows are in the file at `target`; 0 where there is no file */
  readonly written: number;
  /** what a JavaScript check gave beside `passed` */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

/** Many time windows of one asset, to be computed by one statement. `inputs` are the same for all of them. */
export interface RangeRequest extends Omit<MaterializeRequest, "store" | "partition" | "metadata"> {
  readonly slices: readonly {
    readonly partition: PartitionValue;
    readonly metadata: Readonly<Record<string, string>>;
  }[];
  readonly sliced: readonly SlicedInput[];
  readonly checks: readonly RangeCheck[];
  /** a folder that does not exist yet; the files in it are then `0`, `1`, … in the order of the slices */
  readonly target: string;
}

/** An input of which each window reads partitions of its own: tables of one schema. */
export interface SlicedInput {
  readonly key: AssetKey;
  readonly name: string;
  /** Parquet files of all partitions that any window reads */
  readonly paths: readonly string[];
  /** for each slice, which of them it reads */
  readonly reads: readonly (readonly number[])[];
}

/** A check that looks at nothing but the rows of its asset, to be held against all windows by one statement. */
export type RangeCheck = {
  /** what its SQL calls the asset */
  readonly table: string;
} & (
  | { readonly type: "cell"; readonly cell: number }
  /** SQL that gives the wrong rows: `together` of all windows, told apart by the column `cellar_i` */
  | { readonly type: "rule"; readonly sql: string; readonly together: string }
);

/** What came out, in the order of the slices; or why these are to be computed one by one. `ms` is that of one. */
export type RangeResult =
  | {
      readonly type: "range";
      readonly schema: readonly Column[];
      readonly slices: readonly {
        readonly rows: number;
        readonly dataVersion: string;
        readonly bound: string;
        readonly statistics: readonly ColumnStatistics[];
        /** by check: how many rows are wrong */
        readonly failing: readonly number[];
      }[];
      readonly ms: number;
    }
  /** `isAlways`: it is the text, so that other windows would be refused too */
  | { readonly type: "refused"; readonly reason: string; readonly isAlways: boolean };

/** What came out. `ms` is the computing alone; the file is written but not synced. */
export type MaterializeResult = (
  | {
      readonly type: "table";
      readonly rows: number;
      readonly schema: readonly Column[];
      readonly dataVersion: string;
      readonly bound: string;
      readonly ms: number;
      readonly statistics: readonly ColumnStatistics[];
    }
  | { readonly type: "json"; readonly dataVersion: string; readonly bound: string; readonly ms: number }
  | { readonly type: "virtual"; readonly what: string; readonly bound: string; readonly ms: number }
) & {
  /** what its cell told by `meta` */
  readonly metadata?: Metadata;
};

export type ExportFormat = "parquet" | "arrow" | "arrow-stream" | "csv" | "json";

/** A SQL text for a resource, cut at its values; `offsets` are those of its pieces in the cell. */
export interface ResourceQuery {
  readonly notebook: string;
  readonly resource: string;
  readonly cell: number;
  readonly strings: readonly string[];
  readonly offsets: readonly number[];
  readonly params: readonly SqlValue[];
}

/** A SQL cell whose columns are to be followed: nothing is computed, tables are known by their columns alone. */
export interface ColumnsRequest {
  readonly sql: SqlTemplate;
  /** relations that it reads; `source` is their name in what comes out */
  readonly tables: readonly {
    readonly source: string;
    readonly schema: string | null;
    readonly name: string;
    readonly columns: readonly Column[];
  }[];
  /** workspace files that it reads: name as written → where it is */
  readonly files: Readonly<Record<string, string>>;
  /** names of values that its `${}` read */
  readonly values: readonly string[];
}

/** A SQL test, whose tables are to be written: each of its WITH, and the rows that its SELECT expects. */
export interface FixturesRequest {
  readonly sql: SqlTemplate;
  readonly cell: number;
  /** a folder in staging, there already */
  readonly folder: string;
}

export interface Fixtures {
  /** name → its table, and its first row as JSON */
  readonly given: readonly { readonly name: string; readonly input: StoredInput; readonly first: unknown }[];
  readonly expected: StoredInput;
}

/** Two stored tables to compare; null stands for one without rows and columns. */
export interface DiffRequest {
  readonly before: StoredInput | null;
  readonly after: StoredInput | null;
  /** columns by which a row is the same row; without them, rows are the same where all their values are */
  readonly key: readonly string[];
  /** sample rows of each kind */
  readonly limit: number;
}

/** What differs between two tables. Rows are JSON objects. */
export interface TableDiff {
  readonly columns: {
    readonly added: readonly Column[];
    readonly removed: readonly Column[];
    readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  };
  readonly rows: {
    readonly before: number;
    readonly after: number;
    readonly added: number;
    readonly removed: number;
    /** null without a key: a row that differs is then one removed and one added */
    readonly changed: number | null;
  };
  /** by column: in how many rows that are in both it differs; null without a key */
  readonly differing: Readonly<Record<string, number>> | null;
  readonly samples: {
    readonly added: readonly unknown[];
    readonly removed: readonly unknown[];
    readonly changed: readonly { readonly before: unknown; readonly after: unknown }[];
  };
}

/** Calls that an engine process answers. A cancelled call interrupts its query. */
export interface EngineCalls {
  open(request: OpenEngine, signal: AbortSignal): Promise<{ readonly version: string }>;
  notebook(request: OpenNotebook, signal: AbortSignal): Promise<void>;
  materialize(request: MaterializeRequest, signal: AbortSignal): Promise<MaterializeResult>;
  range(request: RangeRequest, signal: AbortSignal): Promise<RangeResult>;
  /** Carries out one check, beside a step that may be under way. Rejects as `materialize` does. */
  check(request: CheckRequest, signal: AbortSignal): Promise<CheckAnswer>;
  /** A page of rows as an Arrow IPC stream; `where` is one SQL condition over the columns of the relation, `rows` counts those in the page. */
  page(
    request: {
      readonly input: StoredInput;
      readonly offset: number;
      readonly limit: number;
      readonly orderBy: readonly { readonly column: string; readonly descending: boolean }[];
      readonly where: string | null;
    },
    signal: AbortSignal,
  ): Promise<{ readonly arrow: Uint8Array; readonly rows: number; readonly columns: readonly Column[] }>;
  /** A query of a person over stored relations, first `limit` rows as an Arrow IPC stream. */
  query(
    request: {
      readonly sql: string;
      readonly params: readonly unknown[];
      readonly tables: readonly {
        readonly schema: string | null;
        readonly name: string;
        readonly input: StoredInput;
      }[];
      readonly limit: number;
    },
    signal: AbortSignal,
  ): Promise<{ readonly arrow: Uint8Array; readonly columns: readonly Column[]; readonly truncated: boolean }>;
  /** What a resource gives to a cell in a page, as an Arrow stream. */
  resource(
    request: ResourceQuery,
    signal: AbortSignal,
  ): Promise<{ readonly arrow: Uint8Array; readonly columns: readonly Column[] }>;
  /** Where the columns of a SQL cell come from; what cannot be told is said as unknown. */
  columns(request: ColumnsRequest, signal: AbortSignal): Promise<CellColumns>;
  /** Writes the tables of a SQL test. */
  fixtures(request: FixturesRequest, signal: AbortSignal): Promise<Fixtures>;
  /** Compares two stored tables over the columns that both have. */
  diff(request: DiffRequest, signal: AbortSignal): Promise<TableDiff>;
  /** Writes an export to `target` (in staging). */
  export(
    request: {
      readonly input: StoredInput;
      readonly format: ExportFormat;
      readonly target: string;
      /** csv: an apostrophe before texts that a spreadsheet would run */
      readonly guardFormulas?: boolean;
    },
    signal: AbortSignal,
  ): Promise<{ readonly rows: number; readonly bytes: number }>;
}

/** Engine process → server. */
export type EngineEvent =
  | { readonly type: "log"; readonly cell: number | null; readonly level: string; readonly text: string }
  /** what was asked under this number is worked on from now on: should the process die before that, it had no part in it */
  | { readonly type: "begun"; readonly ask: number }
  /** the process (or its kernel) is about to end for this reason */
  | { readonly type: "dying"; readonly reason: string };
