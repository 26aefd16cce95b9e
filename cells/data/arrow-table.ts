import type { Column } from "../model/materialization.ts";

/** The type of a column as charting libraries ask for it: Arrow's numbers, after our conversions. */
export interface ColumnType {
  /** Arrow's type number: 8 and 10 are dates, 2 and 3 numbers */
  readonly typeId: number;
  /** 1 is milliseconds; only dates have it */
  readonly unit?: number;
  toString(): string;
}

/** One column, decoded when first read. */
export interface ColumnSource {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullCount: number;
  readonly read: () => ArrayLike<unknown>;
  /** exact text of a DECIMAL or wide integer; null for a null and for other types */
  readonly exact: (row: number) => string | null;
}

/** A row as a plain object. */
export type Row = Readonly<Record<string, unknown>>;
type Rows = readonly Row[];

/** One column of an `ArrowTable`, as Arrow's own vectors look to Plot and Arquero. */
export class ArrowColumn implements Iterable<unknown> {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullCount: number;
  readonly #source: ColumnSource;
  #values: ArrayLike<unknown> | null = null;

  constructor(source: ColumnSource) {
    this.name = source.name;
    this.type = source.type;
    this.nullCount = source.nullCount;
    this.#source = source;
  }

  get length(): number {
    return this.toArray().length;
  }

  get(row: number): unknown {
    return this.toArray()[row] ?? null;
  }

  at(row: number): unknown {
    return this.get(row < 0 ? this.length + row : row);
  }

  /** All values: a typed array where the column is numeric without nulls. Not to be changed. */
  toArray(): ArrayLike<unknown> {
    return (this.#values ??= this.#source.read());
  }

  toJSON(): unknown[] {
    return Array.from(this.toArray());
  }

  [Symbol.iterator](): Iterator<unknown> {
    return Array.from(this.toArray()).values();
  }

  /** The value as exact text, for a DECIMAL or an integer that no JavaScript number holds. */
  exact(row: number): string | null {
    return this.#source.exact(row);
  }
}

/** Anything `[i]` on a table is row i, without a proxy around the table itself: only unknown names come here. */
const rowAccess: object = new Proxy(Object.create(null), {
  get: (_target, key, table) =>
    typeof key === "string" && table instanceof ArrowTable && /^\d+$/.test(key) ? table.at(Number(key)) : undefined,
  has: () => false,
});
function Indexed(): void {}
Indexed.prototype = rowAccess;

/**
 * Rows of a relation as JavaScript cells see them. An iterable of plain objects with what people expect of an array that
 * they do not change (`length`, `[i]`, `map`, `filter`), and the columns of an Arrow table (`getChild`, `schema`), which
 * Plot reads without making rows. Rows and columns are made when they are first read.
 */
export class ArrowTable implements Iterable<Row> {
  readonly numRows: number;
  readonly schema: {
    readonly fields: readonly { readonly name: string; readonly type: ColumnType; readonly nullable: boolean }[];
  };
  readonly #columns: readonly ArrowColumn[];
  #rows: readonly Row[] | null = null;

  constructor(numRows: number, sources: readonly ColumnSource[]) {
    this.numRows = numRows;
    this.#columns = sources.map((source) => new ArrowColumn(source));
    this.schema = { fields: sources.map(({ name, type }) => ({ name, type, nullable: true })) };
  }

  get numCols(): number {
    return this.#columns.length;
  }

  get length(): number {
    return this.numRows;
  }

  /** column names, as `Inputs.table` and d3 look for them */
  get columns(): readonly string[] {
    return this.#columns.map(({ name }) => name);
  }

  getChild(name: string): ArrowColumn | null {
    return this.#columns.find((column) => column.name === name) ?? null;
  }

  getChildAt(index: number): ArrowColumn | null {
    return this.#columns[index] ?? null;
  }

  get(row: number): Row | null {
    return this.toArray()[row] ?? null;
  }

  at(row: number): Row | undefined {
    return this.toArray().at(row);
  }

  /** All rows, made once: the same objects every time. */
  toArray(): readonly Row[] {
    return (this.#rows ??= makeRows(this.numRows, this.#columns));
  }

  toJSON(): readonly Row[] {
    return this.toArray();
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.toArray().values();
  }

  get map(): Rows["map"] {
    return bound(this, "map");
  }
  get filter(): Rows["filter"] {
    return bound(this, "filter");
  }
  get forEach(): Rows["forEach"] {
    return bound(this, "forEach");
  }
  get reduce(): Rows["reduce"] {
    return bound(this, "reduce");
  }
  get find(): Rows["find"] {
    return bound(this, "find");
  }
  get findIndex(): Rows["findIndex"] {
    return bound(this, "findIndex");
  }
  get findLast(): Rows["findLast"] {
    return bound(this, "findLast");
  }
  get some(): Rows["some"] {
    return bound(this, "some");
  }
  get every(): Rows["every"] {
    return bound(this, "every");
  }
  get flatMap(): Rows["flatMap"] {
    return bound(this, "flatMap");
  }
  get slice(): Rows["slice"] {
    return bound(this, "slice");
  }
  get concat(): Rows["concat"] {
    return bound(this, "concat");
  }
  get includes(): Rows["includes"] {
    return bound(this, "includes");
  }
  get indexOf(): Rows["indexOf"] {
    return bound(this, "indexOf");
  }
  get entries(): Rows["entries"] {
    return bound(this, "entries");
  }
  get toSorted(): Rows["toSorted"] {
    return bound(this, "toSorted");
  }
  get toReversed(): Rows["toReversed"] {
    return bound(this, "toReversed");
  }
}
Object.setPrototypeOf(ArrowTable.prototype, rowAccess);

/** Names and engine types of the columns of a table. */
export function readColumns(table: ArrowTable): readonly Column[] {
  return table.schema.fields.map(({ name, type }) => ({ name, type: String(type) }));
}

/** A method of arrays, on the rows. */
function bound<K extends keyof Rows>(table: ArrowTable, method: K): Rows[K] {
  const rows = table.toArray();
  return Reflect.apply(Function.prototype.bind, rows[method], [rows]);
}

function makeRows(count: number, columns: readonly ArrowColumn[]): readonly Row[] {
  const names = columns.map(({ name }) => name);
  const values = columns.map((column) => column.toArray());
  const rows = new Array<Row>(count);
  for (let i = 0; i < count; i++) {
    const row: Record<string, unknown> = {};
    for (let c = 0; c < names.length; c++) row[names[c] ?? ""] = values[c]?.[i] ?? null;
    rows[i] = row;
  }
  return rows;
}
