import type { Actions } from "../actions.ts";
import type { DocumentStore } from "../document-store.ts";
import { findMatches, replaceMatches, toPattern, type FindMatch, type FindQuery } from "./search.ts";

/** Typing in a cell is looked through again once it pauses this long. */
const gatherMs = 100;

/**
 * What is looked for in the texts of all cells, and which of the places found is looked at. Texts are searched, not editors:
 * a cell far off the screen has none.
 */
export class Finder {
  readonly #store: DocumentStore;
  readonly #actions: Actions;
  readonly #listeners = new Set<() => void>();
  #query: FindQuery = { text: "", matchCase: false, wholeWord: false, regexp: false };
  #matches: readonly FindMatch[] = [];
  #byCell = new Map<number, readonly FindMatch[]>();
  #at = -1;
  #problem: string | null = null;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** cells that were replaced in and have not run since */
  readonly #touched = new Set<number>();

  constructor(store: DocumentStore, actions: Actions) {
    this.#store = store;
    this.#actions = actions;
    store.subscribe((change) => {
      if (this.#isOpen && change.type !== "state") this.#timer ??= setTimeout(() => this.#search(), gatherMs);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }
  get query(): FindQuery {
    return this.#query;
  }
  get matches(): readonly FindMatch[] {
    return this.#matches;
  }
  /** index of the match that is looked at; -1 for none */
  get at(): number {
    return this.#at;
  }
  get current(): FindMatch | null {
    return this.#matches[this.#at] ?? null;
  }
  /** what is wrong with the query, or null */
  get problem(): string | null {
    return this.#problem;
  }

  inCell(cell: number): readonly FindMatch[] {
    return this.#byCell.get(cell) ?? none;
  }

  /** Calls `listener` on each change. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  open(): void {
    this.#isOpen = true;
    this.#search();
  }

  /** Ends the search; what was replaced in runs now, as when the caret leaves a cell. */
  close(): void {
    this.#isOpen = false;
    this.#set([], -1, null);
    for (const cell of this.#touched) this.#actions.runIfDirty(cell);
    this.#touched.clear();
  }

  /** Looks for something else; the match nearest below `from` is looked at. */
  look(query: FindQuery, from: { readonly cell: number; readonly at: number } | null): void {
    this.#query = query;
    this.#at = -1;
    this.#search(from);
  }

  step(steps: 1 | -1): void {
    const { length } = this.#matches;
    if (length > 0)
      this.#set(
        this.#matches,
        this.#at === -1 ? (steps > 0 ? 0 : length - 1) : (this.#at + steps + length) % length,
        null,
      );
  }

  /** Replaces the match that is looked at, and goes on to the next. */
  replace(replacement: string): void {
    const { current } = this;
    const pattern = toPattern(this.#query);
    if (current === null || pattern?.type !== "ready" || this.#store.readOnly) return;
    const options = { regexp: this.#query.regexp, at: current.start };
    const source = this.#store.source(current.cell);
    const changed = replaceMatches(source, pattern.expression, replacement, options);
    this.#edit([{ cell: current.cell, source: changed }]);
    this.#search({ cell: current.cell, at: current.end + changed.length - source.length });
  }

  /** Replaces every match, as one step of undo. Gives how many there were, and in how many cells. */
  replaceAll(replacement: string): { readonly matches: number; readonly cells: number } {
    const pattern = toPattern(this.#query);
    if (pattern?.type !== "ready" || this.#store.readOnly) return { matches: 0, cells: 0 };
    const matches = this.#matches.length;
    const edits = [...this.#byCell.keys()].map((cell) => ({
      cell,
      source: replaceMatches(this.#store.source(cell), pattern.expression, replacement, {
        regexp: this.#query.regexp,
        at: null,
      }),
    }));
    this.#edit(edits);
    this.#search();
    return { matches, cells: edits.length };
  }

  #edit(edits: readonly { readonly cell: number; readonly source: string }[]): void {
    for (const { cell } of edits) this.#touched.add(cell);
    this.#actions.replaceSources(edits);
  }

  #search(from: { readonly cell: number; readonly at: number } | null = null): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isOpen) return;
    const before = this.current;
    const pattern = toPattern(this.#query);
    if (pattern?.type !== "ready") return this.#set([], -1, pattern?.message ?? null);
    const sources = this.#store.order.map((id) => ({ id, source: this.#store.source(id) }));
    const matches = findMatches(sources, pattern.expression);
    this.#set(matches, this.#nearest(matches, from ?? (before && { cell: before.cell, at: before.start })), null);
  }

  /** The first match at or below a place; the first of all where there is none below. */
  #nearest(matches: readonly FindMatch[], from: { readonly cell: number; readonly at: number } | null): number {
    if (matches.length === 0) return -1;
    if (from === null) return 0;
    const places = new Map(this.#store.order.map((id, place) => [id, place]));
    const place = places.get(from.cell) ?? 0;
    const found = matches.findIndex(({ cell, start }) => {
      const other = places.get(cell) ?? 0;
      return other > place || (other === place && start >= from.at);
    });
    return Math.max(0, found);
  }

  #set(matches: readonly FindMatch[], at: number, problem: string | null): void {
    this.#matches = matches;
    this.#at = at;
    this.#problem = problem;
    const byCell = new Map<number, FindMatch[]>();
    for (const match of matches) {
      const list = byCell.get(match.cell);
      if (list) list.push(match);
      else byCell.set(match.cell, [match]);
    }
    this.#byCell = byCell;
    for (const listener of this.#listeners) listener();
  }
}

const none: readonly FindMatch[] = [];
