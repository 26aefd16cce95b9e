import type { Database } from "./duckdb.ts";
import { readable } from "./inputs.ts";
import type { MaterializeRequest, MaterializeResult, StoredInput } from "./messages.ts";
import { Session } from "./session.ts";
import { readerOf } from "./sql.ts";
import { storeTable } from "./store-table.ts";

/** Stores rows that were made elsewhere as an asset, with everything that a computed one has. Rejects with `query_failed`. */
export async function materializeGiven(
  database: Database,
  given: StoredInput,
  request: MaterializeRequest,
  { temporary, signal }: { readonly temporary: string; readonly signal: AbortSignal },
): Promise<MaterializeResult> {
  const from = readerOf(await readable(given, temporary));
  const session = await Session.open(database, [], { signal, createsNothing: true });
  try {
    const rows = {
      from,
      columns: await session.columnsOf(from),
      params: new Map(),
      traced: { cell: null, placeOf: () => null },
    };
    const { ms, ...stored } = await storeTable(session, rows, request.target, request.metadata);
    return { type: "table", ...stored, bound: "[]", ms };
  } finally {
    await session.close();
  }
}
