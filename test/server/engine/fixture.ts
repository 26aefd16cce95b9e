import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledSql } from "./compiled-sql.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import { Database } from "../../../server/engine/duckdb.ts";
import { materializeSql } from "../../../server/engine/materialize.ts";
import type { MaterializeRequest, MaterializeResult, StoredInput } from "../../../server/engine/messages.ts";
import { AssetKey as Key } from "../../../cells/model/asset-key.ts";

/** Folders as the server gives them to an engine, and a database locked to them. */
export interface EngineFixture {
  readonly root: string;
  readonly data: string;
  readonly staging: string;
  readonly temporary: string;
  readonly database: Database;
  close(): void;
}

export async function openFixture(): Promise<EngineFixture> {
  const root = mkdtempSync(join(tmpdir(), "cellar-engine-"));
  const [data, staging, temporary] = [join(root, "data"), join(root, "staging"), join(root, "temporary")];
  for (const folder of [data, staging, temporary]) mkdirSync(folder, { mode: 0o700 });
  const database = await Database.open({
    readable: [data],
    writable: [staging],
    files: [],
    temporary,
    memoryBytes: 1 << 30,
    temporaryBytes: 1 << 30,
    threads: 2,
  });
  return {
    root,
    data,
    staging,
    temporary,
    database,
    close: () => {
      database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

let targets = 0;
export function newTarget(fixture: Pick<EngineFixture, "staging">, extension = "parquet"): string {
  return join(fixture.staging, `t${++targets}.${extension}`);
}

export interface SqlAsset {
  readonly sql: string;
  readonly inputs?: Readonly<Record<string, StoredInput>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly signal?: AbortSignal;
}

export function requestOf(fixture: Pick<EngineFixture, "staging">, asset: SqlAsset): MaterializeRequest {
  return {
    asset: Key.of("test", "result"),
    cell: 1,
    name: "result",
    store: "auto",
    inputs: Object.entries(asset.inputs ?? {}).map(([name, input]) => {
      const [first = "", second] = name.split(".");
      const key: AssetKey = Key.of(second === undefined ? "test" : first, second ?? first);
      return { key, schema: second === undefined ? null : first, name: second ?? first, input };
    }),
    partition: null,
    files: asset.files ?? {},
    target: asset.target ?? newTarget(fixture),
    metadata: asset.metadata ?? {},
  };
}

export async function materialize(
  fixture: EngineFixture,
  asset: SqlAsset,
): Promise<{ readonly result: MaterializeResult; readonly target: string }> {
  const request = requestOf(fixture, asset);
  const cell: KernelCell = compiledSql(asset.sql, request);
  const result = await materializeSql(fixture.database, cell, request, {
    temporary: fixture.temporary,
    folders: [fixture.data, fixture.staging, fixture.temporary],
    signal: asset.signal ?? new AbortController().signal,
    onWritten: () => undefined,
    notebook: "test.html",
    ask: () => Promise.reject(new Error("nothing of this fixture asks the server")),
  });
  return { result, target: request.target };
}

/** What the engine reads from files, as text. */
export async function read(fixture: EngineFixture, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const connection = await fixture.database.connect();
  try {
    return (await connection.read(sql)).rows;
  } finally {
    connection.close();
  }
}
