import { AppError } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import type { Relation } from "../../cells/protocol/host.ts";

/** A relation with what only the host knows of it. */
export interface StoredRelation {
  readonly relation: Relation;
  /** table in the host's schema */
  readonly table: string;
  /** what a server says its rows are; null for what was computed here */
  readonly dataVersion: string | null;
  /** who made it last: `cell/output`, a file, an asset. The latest of each owner is never dropped */
  readonly owner: string;
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
  #next = 1;

  constructor(drop: (relation: StoredRelation) => void) {
    this.#drop = drop;
  }

  /** A table name that was never used. */
  newTable(): string {
    return `r${this.#next++}`;
  }

  /** The relation with this id. Throws `query_failed` where it was dropped. */
  get(id: string): StoredRelation {
    const found = this.#byId.get(id);
    if (found === undefined)
      throw new AppError("query_failed", `the rows of relation ${id} are no longer kept; run the cell again`);
    this.#use(id, found);
    return found;
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

  /** Takes a table in. `key` is null where an equal request may give other rows. */
  add(
    key: string | null,
    made: {
      readonly id: string;
      readonly table: string;
      readonly columns: readonly Column[];
      readonly rows: number | null;
      readonly dataVersion: string | null;
      readonly owner: string;
    },
  ): StoredRelation {
    const { id, table, columns, rows, dataVersion, owner } = made;
    const stored: StoredRelation = { relation: { id, columns, rows }, table, dataVersion, owner };
    this.#byId.set(id, stored);
    if (key !== null) this.#byKey.set(key, id);
    this.#latest.set(owner, id);
    this.#evict();
    return stored;
  }

  /** Lets one more request find a relation. */
  alias(key: string, id: string): void {
    this.#byKey.set(key, id);
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
