import { expect, test } from "vitest";
import { sqlTag } from "../../../cells/builtins/sql-tag.ts";
import { AppError } from "../../../cells/errors.ts";
import type { KernelHost } from "../../../cells/protocol/host.ts";

test.each([
  [
    'table with name daily does not exist!\nDid you mean "pg_tables"?',
    "the tag sql knows no table daily: it sees no cells; ask in a SQL cell, or as (await DuckDBClient.of({daily})).sql",
  ],
  ["division by zero", "division by zero"],
])("the engine says %j, and the tag %j", async (said, told) => {
  const host: Pick<KernelHost, "query"> = {
    query: () => Promise.reject(new AppError("query_failed", said, { data: { cell: 3 } })),
  };
  const sql = sqlTag(host as KernelHost, { cell: 3, signal: new AbortController().signal });
  await expect(sql`FROM daily`).rejects.toMatchObject({ code: "query_failed", message: told, data: { cell: 3 } });
});
