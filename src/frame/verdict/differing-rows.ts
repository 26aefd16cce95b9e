import { html, nothing, type TemplateResult } from "lit";
import { decodeArrow } from "../../../cells/data/arrow.ts";
import { type ArrowTable, readColumns } from "../../../cells/data/arrow-table.ts";
import type { Column } from "../../../cells/model/materialization.ts";
import type { TestVerdict } from "../../../cells/protocol/verdict.ts";
import { pairRows, type RowPair } from "../../../cells/tests/pair-rows.ts";
import { type ColumnStyle, gridText, styleOf } from "../grid/format.ts";

/** The rows in which what came out of a test is not what was expected, laid beside each other. */
export interface DifferingRows {
  readonly columns: readonly Column[];
  readonly missing: readonly (readonly unknown[])[];
  readonly unexpected: readonly (readonly unknown[])[];
  readonly pairs: readonly RowPair[];
  /** how many rows there are of each that are not here */
  readonly moreMissing: number;
  readonly moreUnexpected: number;
}

const known = new WeakMap<TestVerdict, DifferingRows>();

/** The differing rows of a verdict, decoded once. */
export function differingRows(verdict: TestVerdict): DifferingRows {
  const before = known.get(verdict);
  if (before) return before;
  const [missing, unexpected] = [tableOf(verdict.missing.rows), tableOf(verdict.unexpected.rows)];
  const sides = { missing: rowsOf(missing), unexpected: rowsOf(unexpected) };
  const table = missing ?? unexpected;
  const made: DifferingRows = {
    ...sides,
    columns: table === null ? [] : readColumns(table),
    pairs: pairRows(sides.missing, sides.unexpected),
    moreMissing: verdict.missing.count - sides.missing.length,
    moreUnexpected: verdict.unexpected.count - sides.unexpected.length,
  };
  known.set(verdict, made);
  return made;
}

/** A table of them: of two rows that belong together, the values that differ stand out. */
export function differingTable(rows: DifferingRows, asset: string): TemplateResult | typeof nothing {
  const { columns, pairs, missing, unexpected, moreMissing, moreUnexpected } = rows;
  if (pairs.length === 0) return nothing;
  const styles = columns.map(styleOf);
  const line = (
    side: "missing" | "unexpected",
    label: string,
    values: readonly unknown[],
    differs: readonly number[],
  ) =>
    html`<tr data-side=${side}>
      <th scope="row">${label}</th>
      ${values.map((value, at) => valueCell(value, styles[at] ?? "text", differs.includes(at)))}
    </tr>`;
  return html`<div
    class="verdict-rows"
    role="region"
    tabindex="0"
    aria-label=${`Rows of ${asset} that are not as expected`}
  >
    <table>
      <thead>
        <tr>
          <td></td>
          ${columns.map(({ name }, at) => html`<th scope="col" data-style=${styles[at] ?? "text"}>${name}</th>`)}
        </tr>
      </thead>
      ${pairs.map((pair) => {
        const [wanted, came] = [missing[pair.missing ?? -1], unexpected[pair.unexpected ?? -1]];
        const isPair = wanted !== undefined && came !== undefined;
        return html`<tbody>
          ${wanted === undefined ? nothing : line("missing", isPair ? "expected" : "missing", wanted, pair.differs)}
          ${came === undefined ? nothing : line("unexpected", isPair ? "came out" : "not expected", came, pair.differs)}
        </tbody>`;
      })}
    </table>
    ${
      moreMissing + moreUnexpected === 0
        ? nothing
        : html`<p>
            ${[
              moreMissing > 0 ? `${moreMissing.toLocaleString("en")} more that are missing` : "",
              moreUnexpected > 0 ? `${moreUnexpected.toLocaleString("en")} more that are not expected` : "",
            ]
              .filter((text) => text !== "")
              .join(", ")}
          </p>`
    }
  </div>`;
}

function valueCell(value: unknown, style: ColumnStyle, differs: boolean): TemplateResult {
  const isNull = value === null || value === undefined;
  const text = isNull ? "null" : gridText(value, style);
  return html`<td data-style=${style} ?data-null=${isNull}>${differs ? html`<mark>${text}</mark>` : text}</td>`;
}

function tableOf(rows: Uint8Array | null): ArrowTable | null {
  return rows === null ? null : decodeArrow(rows);
}

function rowsOf(table: ArrowTable | null): readonly (readonly unknown[])[] {
  if (table === null) return [];
  const columns = readColumns(table).map((_, at) => table.getChildAt(at));
  return Array.from({ length: table.numRows }, (_, row) =>
    columns.map((column) => column?.exact(row) ?? column?.get(row) ?? null),
  );
}
