import { AppError } from "../../cells/errors.ts";
import type { Relation } from "../../cells/protocol/host.ts";
import type { LakeRows } from "./lake-rows.ts";

/** Where the rows of a relation are: in a table of the host's schema, or in a file of the lake that may become one. */
type RelationRows =
  { readonly type: "table"; readonly table: string } | { readonly type: "lake"; readonly lake: LakeRows };

/** A relation with what only the host knows of it. */
export interface StoredRelation {
  readonly relation: Relation;
  readonly rows: RelationRows;
  /** what a server says its rows are; null for what was computed here */
  readonly dataVersion: string | null;
  /** who made it last: `cell/output`, a file, an asset. The latest of each owner is never dropped */
  readonly owner: string;
}

/** The table that holds rows; of a file of the lake it is made now. */
export function tableOf(rows: StoredRelation["rows"]): Promise<string> {
  return rows.type === "table" ? Promise.resolve(rows.table) : rows.lake.table();
}

/** How many values (rows × columns) of results that are no longer anyone's latest are kept for coming back to them. */
const keptValues = 20_000_000;

/**
 * The relations of one notebook by id, and by what they were made from, so that an equal request finds them again. Old
 * ones are dropped, the least recently used first.
 */
export class RelationStore {
  readonly #drop: (relation: StoredRelation) => void;
  /** in order of last use */
  readonly #byId = new Map<string, StoredRelation>();
  readonly #byKey = new Map<string, string>();
  readonly #latest = new Map<string, string>();
  constructor(drop: (relation: StoredRelation) => void) {
    this.#drop = drop;
  }

  /** The relation with this id. Throws `query_failed` where it was dropped. */
  get(id: string): StoredRelation {
    const found = this.#byId.get(id);
    if (found === undefined)
      throw new AppError("query_failed", `the rows of relation ${id} are no longer kept; run the cell again`);
    this.#use(id, found);
    return found;
  }

  /** The relation with this id, without counting as a use of it; null where it was dropped. */
  peek(id: string): StoredRelation | null {
    return this.#byId.get(id) ?? null;
  }

  all(): Iterable<StoredRelation> {
    return this.#byId.values();
  }

  /** The relation that an equal request made, now also the latest of `owner`. */
  find(key: string, owner: string): StoredRelation | null {
    const id = this.#byKey.get(key);
    const found = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || found === undefined) return null;
    this.#use(id, found);
    this.#latest.set(owner, id);
    return found;
  }

  /** Takes a relation in. `key` is null where an equal request may give other rows. */
  add(key: string | null, stored: StoredRelation): StoredRelation {
    const { id } = stored.relation;
    this.#byId.set(id, stored);
    if (key !== null) this.#byKey.set(key, id);
    this.#latest.set(stored.owner, id);
    this.#evict();
    return stored;
  }

  #use(id: string, stored: StoredRelation): void {
    this.#byId.delete(id);
    this.#byId.set(id, stored);
  }

  #evict(): void {
    const held = new Set(this.#latest.values());
    const old = [...this.#byId].filter(([id]) => !held.has(id));
    let values = 0;
    for (const [id, stored] of old.reverse()) {
      values += (stored.relation.rows ?? 0) * stored.relation.columns.length;
      if (values <= keptValues) continue;
      this.#byId.delete(id);
      for (const [key, keyed] of this.#byKey) if (keyed === id) this.#byKey.delete(key);
      this.#drop(stored);
    }
  }
}
