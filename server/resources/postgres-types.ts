import { AppError } from "../../cells/errors.ts";

/** Types of PostgreSQL by their OID (`pg_type.dat`), as DuckDB has them; every other one is kept as its text. */
const types: ReadonlyMap<number, string> = new Map([
  [16, "BOOLEAN"],
  [17, "BLOB"],
  [20, "BIGINT"],
  [21, "SMALLINT"],
  [23, "INTEGER"],
  [26, "UINTEGER"],
  [700, "FLOAT"],
  [701, "DOUBLE"],
  [1082, "DATE"],
  [1083, "TIME"],
  [1114, "TIMESTAMP"],
  [1184, "TIMESTAMP WITH TIME ZONE"],
]);
const numeric = 1700;
/** OID of an array's type → its items' */
const arrays: ReadonlyMap<number, string> = new Map([
  [1000, "BOOLEAN"],
  [1005, "SMALLINT"],
  [1007, "INTEGER"],
  [1016, "BIGINT"],
  [1021, "FLOAT"],
  [1022, "DOUBLE"],
  [1009, "VARCHAR"],
  [1015, "VARCHAR"],
  [1182, "DATE"],
  [1115, "TIMESTAMP"],
]);
const widest = 38;
/** PostgreSQL prints dates before our era and infinite ones, and no engine here reads them so. */
const beyond = /infinity|BC$/;

/** Reads the values of one column as text that DuckDB casts to `type`, which is known once all were read. */
export class ColumnReader {
  readonly name: string;
  readonly #oid: number;
  readonly #declared: string | null;
  #whole = 0;
  #scale = 0;
  /** a value that its type does not hold was seen: the column is text */
  #isText = false;

  constructor(name: string, oid: number, modifier: number) {
    this.name = name;
    this.#oid = oid;
    this.#declared = oid === numeric && modifier >= 4 ? decimalOf(modifier - 4) : null;
  }

  read(value: string | null): string | null {
    if (value === null) return null;
    if (this.#oid === numeric) return this.#numeric(value);
    if (this.#oid === 17) return value.replace(/^\\x/, "");
    if (arrays.has(this.#oid)) return this.#array(value);
    if ((this.#oid === 1082 || this.#oid === 1114 || this.#oid === 1184) && beyond.test(value)) this.#isText = true;
    return value;
  }

  get type(): string {
    if (this.#isText) return "VARCHAR";
    const item = arrays.get(this.#oid);
    if (item !== undefined) return `${item}[]`;
    if (this.#oid !== numeric) return types.get(this.#oid) ?? "VARCHAR";
    if (this.#declared !== null) return this.#declared;
    return this.#whole + this.#scale > widest ? "VARCHAR" : `DECIMAL(${widest},${this.#scale})`;
  }

  #numeric(value: string): string {
    const parts = /^-?(\d+)(?:\.(\d+))?$/.exec(value);
    if (parts === null) this.#isText = true;
    this.#whole = Math.max(this.#whole, (parts?.[1] ?? "").replace(/^0+/, "").length);
    this.#scale = Math.max(this.#scale, parts?.[2]?.length ?? 0);
    return value;
  }

  /** `{1,NULL,"a b"}` as JSON, from which a list is cast. */
  #array(value: string): string {
    const items = readArray(value);
    if (items === null || items.some((item) => item !== null && beyond.test(item)))
      throw new AppError(
        "query_failed",
        `column ${JSON.stringify(this.name)} has an array that no list holds (arrays of arrays, bounds, infinity); write ${this.name}::text, or to_json(${this.name})`,
      );
    const isBoolean = this.#oid === 1000;
    return JSON.stringify(isBoolean ? items.map((item) => item && (item === "t" ? "true" : "false")) : items);
  }
}

/** Precision and scale of a type modifier; null where DuckDB has none so wide, or a negative scale. */
function decimalOf(modifier: number): string | null {
  const precision = modifier >> 16;
  const scale = modifier & 0xffff;
  return precision <= widest && scale <= precision ? `DECIMAL(${precision},${scale})` : null;
}

function readArray(text: string): readonly (string | null)[] | null {
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  const inner = text.slice(1, -1);
  if (inner === "") return [];
  const items: (string | null)[] = [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^",{}]+))(,|$)/sy;
  for (;;) {
    const found = item.exec(inner);
    if (found === null) return null;
    const [, quoted, plain = "", end] = found;
    if (quoted !== undefined) items.push(quoted.replace(/\\(.)/gs, "$1"));
    else items.push(plain === "NULL" ? null : plain);
    if (end === "") return items;
  }
}
