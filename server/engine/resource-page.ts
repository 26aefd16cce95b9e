import { rm } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import type { Database } from "./duckdb.ts";
import type { ReadingPlace } from "./page.ts";
import type { ResourceQuery } from "./messages.ts";
import { type AskServer, resourceRows } from "./resource-rows.ts";
import { type ArrowRows, rowsToArrow } from "./rows-to-arrow.ts";
import { Session } from "./session.ts";

/** what a page can well hold */
const mostRows = 2_000_000;

/** What a resource gives to a cell in a page, as an Arrow stream. Rejects as `resourceRows` does, and for more rows than a page can hold. */
export async function readResource(
  database: Database,
  query: ResourceQuery,
  { temporary, ask }: ReadingPlace & { readonly ask: AskServer },
  signal: AbortSignal,
): Promise<ArrowRows> {
  const paths: string[] = [];
  const asked: AskServer = async (request, its) => {
    const reply = await ask(request, its);
    if (reply.type === "rows") paths.push(reply.path);
    return reply;
  };
  const session = await Session.open(database, [], { signal, paths: new Map([[temporary, query.resource]]) });
  try {
    const rows = await resourceRows(asked, query, session, signal);
    const page = await rowsToArrow(session, rows, `LIMIT ${mostRows + 1}`, temporary);
    if (page.rows > mostRows)
      throw new AppError(
        "query_failed",
        `${query.resource} gives more than ${mostRows.toLocaleString("en")} rows, more than a page holds; ask for fewer, or name the cell and run it on the server`,
        { data: { cell: query.cell, resource: query.resource } },
      );
    return page;
  } finally {
    await session.close();
    for (const path of paths) await rm(path, { force: true });
  }
}
