import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppError } from "../../cells/errors.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import { Database } from "../../server/engine/duckdb.ts";
import { resourceRows } from "../../server/engine/resource-rows.ts";
import { Session } from "../../server/engine/session.ts";
import { openKind } from "../../server/resources/kinds.ts";
import type { CallOptions, Connection, Resource } from "../../server/resources/resource.ts";

/** A kind under test, with a table of the rows (1, 'a'), (2, null), (3, 'é "q"'). */
export interface ResourceBackend {
  readonly connection: Connection;
  /** what stands after FROM for the table */
  readonly table: string;
  /** a statement that would change it or lead out */
  readonly writes: string;
  close(): Promise<void>;
}

/** What every kind of resource promises. */
export function describeResource(name: string, start: (folder: string) => Promise<ResourceBackend>): void {
  describe(`resource: ${name}`, () => {
    let folder = "";
    let backend: ResourceBackend;
    let resource: Resource;
    let database: Database;
    let options: CallOptions;
    let files = 0;

    beforeEach(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), "cellar-resource-")));
      backend = await start(folder);
      resource = openKind(backend.connection);
      options = { name: "shop", temporary: folder, maxBytes: 1_000_000, timeoutMs: 20_000, redact: (text) => text };
      const limits = { memoryBytes: 2 ** 29, temporaryBytes: 2 ** 29, threads: 1 };
      database = await Database.open({ readable: [folder], writable: [], files: [], temporary: folder, ...limits });
    });
    afterEach(async () => {
      database.close();
      await backend.close();
      await rm(folder, { recursive: true });
    });

    const query = async (
      strings: readonly string[],
      params: readonly SqlValue[] = [],
      more: Partial<CallOptions> = {},
    ) => {
      const session = await Session.open(database, [], { createsNothing: true });
      try {
        const rows = await resourceRows(
          async ({ question }) => {
            const path = join(folder, `rows-${++files}`);
            if (question.type !== "query") throw new Error("a query was asked");
            const answer = await resource.answer({ ...question, target: path }, { ...options, ...more });
            if (answer.type === "response" || answer.type === "reachable") throw new Error("a query gives rows");
            return { type: "rows", path, rows: answer };
          },
          { notebook: "a.html", resource: "shop", cell: 1, strings, offsets: offsetsOf(strings), params },
          session,
          new AbortController().signal,
        );
        const { rows: values } = await session.read(`SELECT * FROM ${rows.from}`);
        return { columns: rows.columns.map(({ name: column }) => column), values };
      } finally {
        await session.close();
      }
    };
    const failure = (work: Promise<unknown>): Promise<Pick<AppError, "code" | "data" | "message">> =>
      work.then(
        () => expect.fail("it did not fail"),
        (error: AppError) => error,
      );

    test("rows come as they are, with nulls and any text", async () => {
      expect(await query([`SELECT id, name FROM ${backend.table} ORDER BY id`])).toEqual({
        columns: ["id", "name"],
        values: [
          ["1", "a"],
          ["2", null],
          ["3", 'é "q"'],
        ],
      });
    });
    test("no rows are a table without rows", async () => {
      expect(await query([`SELECT id, name FROM ${backend.table} WHERE id > 9`])).toEqual({
        columns: ["id", "name"],
        values: [],
      });
    });
    test("values are bound, never text of the query", async () => {
      const strings = [`SELECT id FROM ${backend.table} WHERE name = `, " OR id = ", ""];
      expect((await query(strings, ['é "q"', 1])).values.flat().sort()).toEqual(["1", "3"]);
      expect((await query(strings, ["' OR 1 = 1 --", 0])).values).toEqual([]);
    });
    test("columns of one name are told apart", async () => {
      expect((await query([`SELECT id, id FROM ${backend.table} WHERE id = 1`])).columns).toEqual(["id", "id_1"]);
    });
    test("a mistake is told with its place", async () => {
      expect(await failure(query([`SELECT id,\n  nam FROM ${backend.table}`]))).toMatchObject({
        code: "query_failed",
        data: { cell: 1, line: 2, column: 3 },
      });
    });
    test("nothing is written", async () => {
      expect((await failure(query([backend.writes]))).code).toMatch(/^(query_failed|resource_failed)$/);
      expect((await query([`SELECT id FROM ${backend.table}`])).values).toHaveLength(3);
    });
    test("it says that it can be reached", async () => {
      expect(await resource.answer({ type: "check" }, options)).toMatchObject({ type: "reachable" });
    });
  });
}

function offsetsOf(strings: readonly string[]): readonly number[] {
  let at = 0;
  return strings.map((text) => {
    const from = at;
    at += text.length + "${x}".length;
    return from;
  });
}
