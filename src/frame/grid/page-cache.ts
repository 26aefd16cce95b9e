import { messageOf } from "../../../cells/errors.ts";
import type { Order, RowPage, RowSource } from "./row-source.ts";

const pageRows = 256;
const keptPages = 32;

/** Pages of a source, fetched as a grid comes to them. What has scrolled away before it came is not fetched any more. */
export class PageCache {
  readonly #source: RowSource;
  readonly #order: Order;
  readonly #changed: () => void;
  readonly #pages = new Map<number, RowPage>();
  readonly #fetching = new Map<number, AbortController>();
  /** what a fetch failed with; null while none did */
  problem: string | null = null;

  constructor(source: RowSource, order: Order, changed: () => void) {
    this.#source = source;
    this.#order = order;
    this.#changed = changed;
  }

  /** The value, or undefined where its page has not come yet. `null` is a null. */
  value(row: number, column: number): unknown {
    const page = this.#pages.get(Math.floor(row / pageRows));
    return page === undefined ? undefined : (page.value(row % pageRows, column) ?? null);
  }

  has(row: number): boolean {
    return this.#pages.has(Math.floor(row / pageRows));
  }

  /** Fetches what is missing of these rows, and gives up what is far from them. */
  want(first: number, last: number): void {
    const wanted = new Set<number>();
    for (let page = Math.floor(first / pageRows); page <= Math.floor(last / pageRows); page++) wanted.add(page);
    for (const [page, controller] of this.#fetching)
      if (!wanted.has(page)) {
        controller.abort();
        this.#fetching.delete(page);
      }
    for (const page of wanted) if (!this.#pages.has(page) && !this.#fetching.has(page)) void this.#fetch(page);
  }

  close(): void {
    for (const controller of this.#fetching.values()) controller.abort();
    this.#fetching.clear();
  }

  async #fetch(page: number): Promise<void> {
    const controller = new AbortController();
    this.#fetching.set(page, controller);
    try {
      const rows = await this.#source.page(page * pageRows, pageRows, this.#order, controller.signal);
      if (controller.signal.aborted) return;
      this.#pages.set(page, rows);
      this.problem = null;
      for (const old of this.#pages.keys()) {
        if (this.#pages.size <= keptPages) break;
        if (old !== page) this.#pages.delete(old);
      }
      this.#changed();
    } catch (error) {
      if (controller.signal.aborted) return;
      this.problem = messageOf(error);
      this.#changed();
    } finally {
      if (this.#fetching.get(page) === controller) this.#fetching.delete(page);
    }
  }
}
