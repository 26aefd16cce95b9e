import { AppError } from "../../cells/errors.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { QueriedPartitions } from "../../cells/partition/definition.ts";
import { problemOfName } from "../../cells/partition/key-text.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";
import { mostQueriedKeys, queriedIn, queriedName } from "../../cells/partition/queried.ts";
import { ident } from "../engine/sql.ts";
import type { Lake } from "../lake/lake.ts";
import type { Store } from "../store/store.ts";
import type { Reader } from "../engines/reader.ts";
import { openChecked } from "../lake/open-checked.ts";

/** The keys that a column gives. */
interface QueriedKeys {
  readonly keys: readonly string[];
  /** what is to be said of it: values that are no keys, or why there are none; null where nothing is */
  readonly note: string | null;
}

interface Wanted {
  readonly asset: AssetKey;
  readonly column: string;
}

/**
 * Reads the keys of partitions that are the values of a column (`static from regions.region`). They follow from the data that readers
 * see, so they are asked for once for each file and kept beside it: planning waits for no engine where nothing changed.
 */
export class KeyReader {
  readonly #store: Store;
  readonly #lake: Lake;
  readonly #reader: Pick<Reader, "ask">;
  readonly #known = new Map<string, QueriedKeys>();

  constructor(parts: { readonly store: Store; readonly lake: Lake; readonly reader: Pick<Reader, "ask"> }) {
    this.#store = parts.store;
    this.#lake = parts.lake;
    this.#reader = parts.reader;
  }

  /** By `queriedName`, the keys of these assets, as readers of a branch see the data or of what is published. What was never made has none. */
  async keysOf(nodes: Iterable<AssetNode>, branch?: string): Promise<ReadonlyMap<string, QueriedKeys>> {
    const wanted = wantedBy(nodes);
    if (wanted.size === 0) return new Map();
    const assets = new Set(Array.from(wanted.values(), ({ asset }) => asset));
    const facts = await this.#store.pointers([...assets], branch);
    const latest = new Map(facts.flatMap((fact) => (fact.partition === "" ? [[fact.asset, fact] as const] : [])));
    const found = new Map<string, QueriedKeys>();
    for (const [name, { asset, column }] of wanted) {
      const fact = latest.get(asset);
      if (fact !== undefined) found.set(name, await this.#read(fact, column));
    }
    return found;
  }

  /** The keys of all of a workspace, together with those of dynamic definitions: what `SpaceContext.dynamic` takes. */
  async dynamic(workspace: Workspace, branch?: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const queried = await this.keysOf(workspace.assets.values(), branch);
    const named = await this.#store.allPartitionKeys();
    if (queried.size === 0) return named;
    return new Map([...named, ...Array.from(queried, ([name, { keys }]) => [name, keys] as const)]);
  }

  async #read(fact: Materialization, column: string): Promise<QueriedKeys> {
    if (fact.format !== "parquet") return none(`${fact.asset} is no table, so it has no column ${column}`);
    const own = fact.schema.find(({ name }) => name.toLowerCase() === column.toLowerCase());
    if (own === undefined) {
      const names = fact.schema.map(({ name }) => name).slice(0, 12);
      return none(`${fact.asset} has no column ${column}; it has ${names.join(", ")}`);
    }
    const name = `partition keys 1 ${fact.sha256} ${own.name}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const kept = await this.#store.keptColumns(name);
    const keys = kept === null ? await this.#ask(fact, own.name) : (JSON.parse(kept) as QueriedKeys);
    if (kept === null) await this.#store.keepColumns([{ key: name, value: JSON.stringify(keys) }]);
    this.#known.set(name, keys);
    return keys;
  }

  async #ask(fact: Materialization, column: string): Promise<QueriedKeys> {
    const input = { format: "parquet", paths: [await openChecked(this.#lake, fact)] } as const;
    const by = ident(column);
    const sql = `SELECT CAST(${by} AS VARCHAR) AS key FROM keys_source GROUP BY ${by} ORDER BY ${by}`;
    const limit = mostQueriedKeys + 1;
    const tables = [{ schema: null, name: "keys_source", input }];
    const { signal } = new AbortController();
    const { arrow } = await this.#reader.ask((calls) => calls.query({ sql, params: [], tables, limit }, signal));
    // most servers never need it, and it takes 10 MB
    const { decodeArrow } = await import("../../cells/data/arrow.ts");
    const values = Array.from(decodeArrow(arrow), (row): unknown => row["key"]);
    return values.length > mostQueriedKeys
      ? none(`${fact.asset}.${column} has more than ${mostQueriedKeys} different values; take a column with fewer`)
      : toKeys(values);
  }
}

/** Values as keys; those that cannot be any are left out, and told. */
function toKeys(values: readonly unknown[]): QueriedKeys {
  const keys = new Set<string>();
  const left: string[] = [];
  for (const value of values)
    if (typeof value === "string" && problemOfName(value) === null) keys.add(value);
    else left.push(typeof value === "string" ? JSON.stringify(value) : "NULL");
  if (left.length === 0) return { keys: [...keys], note: null };
  const some = left.slice(0, 3).join(", ");
  const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
  const count = left.length === 1 ? "one value is" : `${left.length} values are`;
  return { keys: [...keys], note: `${count} left out, since no partition can be called so: ${some}${more}` };
}

function none(note: string): QueriedKeys {
  return { keys: [], note };
}

function wantedBy(nodes: Iterable<AssetNode>): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { options, keysFrom } of nodes) {
    if (keysFrom.length === 0 || options.partitions === null) continue;
    for (const definition of definitionsIn(options.partitions)) {
      const name = queriedName(definition);
      const asset = keysFrom.find((key) => name === `${key}.${definition.column}`);
      if (asset !== undefined) wanted.set(name, { asset, column: definition.column });
    }
  }
  return wanted;
}

function definitionsIn(text: string): readonly QueriedPartitions[] {
  try {
    return queriedIn(parsePartitions(text));
  } catch (error) {
    // told as a problem of its notebook
    if (error instanceof AppError) return [];
    throw error;
  }
}
