import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { notAVerdict, readVerdict } from "../../cells/checks/verdict.ts";
import { encodeArrow } from "../../cells/data/arrow.ts";
import { assertNever } from "../../cells/errors.ts";
import type { KernelCell, TakenValue } from "../../cells/protocol/kernel.ts";
import { answerOf, keepFailing } from "./check.ts";
import type { EngineHost } from "./kernel-host.ts";
import type { CheckAnswer, CheckRequest } from "./messages.ts";
import { arrowToParquet } from "./parquet.ts";
import type { Session } from "./session.ts";
import { readerOf } from "./sql.ts";

let files = 0;

/** What the value of a JavaScript check says: a table of wrong rows, wrong values, or a verdict. */
export async function readTakenCheck(
  taken: TakenValue,
  host: EngineHost,
  session: Session,
  request: CheckRequest,
  temporary: string,
  startedAt: number,
): Promise<CheckAnswer> {
  const ofArrow = async (bytes: Uint8Array): Promise<CheckAnswer> => {
    const path = join(temporary, `check-${++files}.parquet`);
    await writeFile(path, arrowToParquet(bytes));
    const from = readerOf({ format: "parquet", paths: [path] });
    const traced = { cell: null, placeOf: () => null };
    const rows = { from, columns: await session.columnsOf(from), params: new Map(), traced };
    return answerOf(await keepFailing(session, rows, request), startedAt);
  };
  switch (taken.type) {
    case "relation":
      return answerOf(await keepFailing(session, host.rowsOf(taken.relation), request), startedAt);
    case "arrow":
      return ofArrow(taken.bytes);
    case "json": {
      const verdict = readVerdict(JSON.parse(taken.text));
      if (verdict.type === "said") {
        const { passed, metadata } = verdict;
        return { passed, failing: null, written: 0, metadata, ms: performance.now() - startedAt };
      }
      if (verdict.values.length === 0) return answerOf({ failing: 0, written: 0 }, startedAt);
      return ofArrow(tableOf(verdict.values));
    }
    case "virtual":
      throw notAVerdict(taken.what);
    default:
      return assertNever(taken);
  }
}

/** The cell under a name that can be asked for, where it defines none. */
export function withName(cell: KernelCell, name: string): KernelCell {
  const { compiled } = cell;
  if (compiled.outputs.length > 0) return cell;
  return { ...cell, compiled: { ...compiled, output: name, outputs: [{ name, spans: [] }] } };
}

/** Values that are no objects as a table of one column; what fits no column stands there as JSON text. */
function tableOf(values: readonly unknown[]): Uint8Array {
  const table =
    encodeArrow(values.map((value) => ({ value }))) ??
    encodeArrow(values.map((value) => ({ value: JSON.stringify(value) })));
  if (table === null) throw notAVerdict("values that are no table");
  return table;
}
