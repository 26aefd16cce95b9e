import { cellFont, columnWidth, headerFont } from "./column-width.ts";
import { gridText, styleOf, typeLabel, type ColumnStyle } from "./format.ts";
import { rowsAsText } from "./grid-copy.ts";
import { moveFor, type GridPlace } from "./grid-keys.ts";
import { PageCache } from "./page-cache.ts";
import type { Order, RowSource } from "./row-source.ts";
import { scrollScale, scrollTopOf, topRow, type ScrollScale } from "./scroll.ts";

const rowHeight = 24;
const headerHeight = 40;
/** rows that a long table shows at once */
const shownRows = 12;
/** rows whose values decide how wide columns are */
const measuredRows = 100;

/**
 * A table of any length: rows are fetched a page at a time and drawn as they come on screen. Keys as in a spreadsheet;
 * a click on a header sorts by a query.
 */
export class CellarGrid extends HTMLElement {
  #source: RowSource | null = null;
  #styles: readonly ColumnStyle[] = [];
  #cache: PageCache | null = null;
  /** of the source before, while the rows of this one are on their way */
  #before: PageCache | null = null;
  #scrollTop = 0;
  #order: Order = null;
  #active: GridPlace | null = null;
  #anchor: GridPlace | null = null;
  #widths: readonly number[] = [];
  #measured = false;
  #scale: ScrollScale = scrollScale(0, rowHeight, 0);
  #frame = 0;
  readonly #scroller = element("div", "grid-scroll");
  readonly #sizer = element("div", "grid-sizer");
  readonly #layer = element("div", "grid-layer");
  readonly #header = element("div", "grid-header");
  readonly #body = element("div", "grid-body");
  readonly #footer = element("div", "grid-footer");
  readonly #resized = new ResizeObserver(() => this.#schedule());

  constructor() {
    super();
    this.#layer.append(this.#header, this.#body);
    this.#sizer.append(this.#layer);
    this.#scroller.append(this.#sizer);
    this.#header.role = "row";
    this.#scroller.role = "grid";
    this.#scroller.tabIndex = 0;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("keydown", (event) => this.#keydown(event));
    this.#scroller.addEventListener("copy", (event) => this.#copy(event));
    this.#scroller.addEventListener(
      "focus",
      () => this.#active ?? this.#activate({ row: this.#firstShown(), column: 0 }, false),
    );
    this.#body.addEventListener("mousedown", (event) => this.#press(event));
  }

  /** What is shown. A new source begins at its top, in its own order. */
  get source(): RowSource | null {
    return this.#source;
  }

  set source(source: RowSource | null) {
    const before = this.#source;
    this.#source = source;
    if (before && source && JSON.stringify(before.columns) === JSON.stringify(source.columns)) {
      // other rows of the same shape: looked at from where one was, the old ones shown until the new ones come
      this.#before = this.#cache;
      if (this.#active && this.#active.row >= source.rowCount) this.#active = this.#anchor = null;
      this.#restart();
      return;
    }
    this.#before = null;
    this.#order = null;
    this.#active = this.#anchor = null;
    this.#measured = false;
    this.#body.replaceChildren();
    this.#styles = source?.columns.map(styleOf) ?? [];
    this.#widths = [];
    this.#restart();
    if (this.isConnected) this.#drawHeader();
  }

  connectedCallback(): void {
    this.append(this.#scroller, this.#footer);
    if (this.#widths.length === 0) this.#drawHeader();
    // a browser forgets it when an element is taken off the page
    this.#scroller.scrollTop = this.#scrollTop;
    this.#resized.observe(this.#scroller);
    this.#schedule();
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    this.#cache?.close();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #restart(): void {
    this.#cache?.close();
    this.#cache = this.#source && new PageCache(this.#source, this.#order, () => this.#schedule());
    const rows = this.#source?.rowCount ?? 0;
    const viewport = Math.max(1, Math.min(rows, shownRows + (rows > shownRows ? 0.5 : 0))) * rowHeight;
    this.#scale = scrollScale(rows, rowHeight, viewport);
    this.#scroller.style.height = `calc(${headerHeight + viewport}px + var(--scrollbar, 0px))`;
    this.#scroller.toggleAttribute("data-long", rows > shownRows);
    this.#sizer.style.height = `${headerHeight + this.#scale.height}px`;
    this.#layer.style.height = `${headerHeight + viewport}px`;
    this.#scroller.ariaRowCount = String(rows + 1);
    this.#scroller.ariaColCount = String(this.#source?.columns.length ?? 0);
    this.#scroller.ariaLabel = `${this.#source?.name ?? "Table"}, ${rows} rows`;
    this.#schedule();
  }

  #scrolled(): void {
    this.#scrollTop = this.#scroller.scrollTop;
    this.#schedule();
  }

  #schedule(): void {
    // a hidden document gets no frames; it draws when it is shown
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #firstShown(): number {
    return Math.floor(topRow(this.#scale, this.#scroller.scrollTop));
  }

  #draw(): void {
    const source = this.#source;
    const cache = this.#cache;
    if (source === null || cache === null || !this.isConnected) return;
    const top = topRow(this.#scale, this.#scroller.scrollTop);
    const first = Math.floor(top);
    const count = Math.min(source.rowCount - first, Math.ceil(this.#scale.viewport / rowHeight) + 1);
    this.#body.toggleAttribute("data-none", count === 0);
    if (count > 0) cache.want(first, first + count - 1);
    if (cache.has(first)) this.#before = null;
    this.#measure(first, count);
    this.#body.style.transform = `translateY(${-(top - first) * rowHeight}px)`;
    while (this.#body.children.length < count) this.#body.append(this.#makeRow(source.columns.length));
    while (this.#body.children.length > count) this.#body.lastElementChild?.remove();
    for (let index = 0; index < count; index++) this.#drawRow(this.#body.children[index], first + index);
    this.#drawFooter();
  }

  #makeRow(columns: number): HTMLElement {
    const row = element("div", "grid-row");
    row.role = "row";
    row.style.gridTemplateColumns = this.#template();
    for (let column = 0; column < columns; column++) {
      const cell = element("div", `grid-cell ${this.#styles[column] ?? "text"}`);
      cell.role = "gridcell";
      cell.ariaColIndex = String(column + 1);
      row.append(cell);
    }
    return row;
  }

  #drawRow(row: Element | undefined, index: number): void {
    if (!(row instanceof HTMLElement)) return;
    row.ariaRowIndex = String(index + 2);
    row.dataset["row"] = String(index);
    const selected = this.#selectedColumns(index);
    for (let column = 0; column < row.children.length; column++) {
      const cell = row.children[column];
      if (!(cell instanceof HTMLElement)) continue;
      const own = this.#cache?.value(index, column);
      const value = own === undefined ? this.#before?.value(index, column) : own;
      const text = value === undefined ? "" : value === null ? "null" : gridText(value, this.#styles[column] ?? "text");
      if (cell.textContent !== text) cell.textContent = text;
      cell.toggleAttribute("data-null", value === null);
      cell.toggleAttribute("data-pending", value === undefined);
      const isActive = this.#active?.row === index && this.#active.column === column;
      cell.toggleAttribute("data-active", isActive);
      cell.toggleAttribute("data-selected", selected !== null && column >= selected[0] && column <= selected[1]);
      if (isActive) {
        cell.id = this.#activeId;
        this.#scroller.setAttribute("aria-activedescendant", this.#activeId);
      } else cell.removeAttribute("id");
    }
  }

  readonly #activeId = `grid-active-${crypto.getRandomValues(new Uint32Array(1)).join("")}`;

  #selectedColumns(row: number): readonly [number, number] | null {
    const { first, last } = this.#range() ?? {};
    if (!first || !last || row < first.row || row > last.row) return null;
    return [first.column, last.column];
  }

  /** The rectangle between where a selection began and where it is; null where it is one cell or none. */
  #range(): { readonly first: GridPlace; readonly last: GridPlace } | null {
    const from = this.#anchor;
    const to = this.#active;
    if (!from || !to || (from.row === to.row && from.column === to.column)) return null;
    return {
      first: { row: Math.min(from.row, to.row), column: Math.min(from.column, to.column) },
      last: { row: Math.max(from.row, to.row), column: Math.max(from.column, to.column) },
    };
  }

  #drawHeader(): void {
    const { columns = [] } = this.#source ?? {};
    if (this.#widths.length === 0)
      this.#widths = columns.map((column) => columnWidth(this, [`${column.name} ↑`, typeLabel(column)], headerFont));
    this.#header.style.gridTemplateColumns = this.#template();
    this.#layer.style.minWidth = `${this.#widths.reduce((sum, width) => sum + width, 0)}px`;
    this.#header.replaceChildren(
      ...columns.map((column, index) => {
        const cell = element("div", `grid-head ${this.#styles[index] ?? "text"}`);
        cell.role = "columnheader";
        const sorted = this.#order?.column === column.name ? this.#order : null;
        cell.ariaSort = sorted === null ? "none" : sorted.descending ? "descending" : "ascending";
        cell.title = `${column.name}: ${column.type}\nclick to sort`;
        const name = element("span", "grid-name");
        name.textContent = column.name;
        const type = element("span", "grid-type");
        type.textContent = typeLabel(column);
        cell.append(name, type);
        cell.addEventListener("click", () => this.sortBy(column.name));
        return cell;
      }),
    );
  }

  /** Sorts by a column: up, then down, then as the rows come. */
  sortBy(column: string): void {
    const now = this.#order;
    this.#order =
      now?.column !== column ? { column, descending: false } : now.descending ? null : { column, descending: true };
    this.#active = null;
    this.#anchor = null;
    this.#drawHeader();
    this.#restart();
  }

  #template(): string {
    return this.#widths.map((width) => `${width}px`).join(" ");
  }

  /** Widens columns to what the first rows hold, once they have come. */
  #measure(first: number, count: number): void {
    if (this.#measured || this.#cache === null || !this.#cache.has(first) || count === 0) return;
    this.#measured = true;
    const rows = Math.min(this.#source?.rowCount ?? 0, first + measuredRows);
    this.#widths = this.#widths.map((width, column) => {
      const style = this.#styles[column] ?? "text";
      const texts = new Set<string>();
      for (let row = first; row < rows && this.#cache?.has(row); row++) {
        const value = this.#cache.value(row, column);
        if (value !== null && value !== undefined) texts.add(gridText(value, style));
      }
      return Math.max(width, columnWidth(this, texts, cellFont));
    });
    this.#body.replaceChildren();
    this.#drawHeader();
  }

  #drawFooter(): void {
    const { rowCount = 0, columns = [], name } = this.#source ?? {};
    const place = this.#active && this.#source ? ` · row ${(this.#active.row + 1).toLocaleString("en")}` : "";
    const problem = this.#cache?.problem;
    const text =
      problem ??
      `${name ? `${name} · ` : ""}${rowCount.toLocaleString("en")} ${rowCount === 1 ? "row" : "rows"} × ${columns.length}${place}`;
    this.#footer.toggleAttribute("data-problem", problem !== null && problem !== undefined);
    if (this.#footer.textContent !== text) this.#footer.textContent = text;
  }

  #activate(place: GridPlace, extend: boolean): void {
    this.#anchor = extend ? (this.#anchor ?? this.#active ?? place) : place;
    this.#active = place;
    const { viewport } = this.#scale;
    const visible = viewport / rowHeight;
    const top = topRow(this.#scale, this.#scroller.scrollTop);
    if (place.row < top) this.#scroller.scrollTop = scrollTopOf(this.#scale, place.row);
    else if (place.row + 1 > top + visible)
      this.#scroller.scrollTop = scrollTopOf(this.#scale, place.row + 1 - visible);
    const left = this.#widths.slice(0, place.column).reduce((sum, width) => sum + width, 0);
    const right = left + (this.#widths[place.column] ?? 0);
    if (left < this.#scroller.scrollLeft) this.#scroller.scrollLeft = left;
    else if (right > this.#scroller.scrollLeft + this.#scroller.clientWidth)
      this.#scroller.scrollLeft = right - this.#scroller.clientWidth;
    this.#schedule();
  }

  #keydown(event: KeyboardEvent): void {
    const { rowCount = 0, columns = [] } = this.#source ?? {};
    if (rowCount === 0) return;
    if (event.key === "Enter" && this.#active && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const column = columns[this.#active.column];
      if (column) this.sortBy(column.name);
      event.preventDefault();
      return;
    }
    const page = Math.max(1, Math.floor(this.#scale.viewport / rowHeight) - 1);
    const next = moveFor(event, this.#active ?? { row: 0, column: 0 }, {
      rows: rowCount,
      columns: columns.length,
      page,
    });
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#activate(next, event.shiftKey);
  }

  #press(event: MouseEvent): void {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>(".grid-cell") : null;
    const row = cell?.parentElement?.dataset["row"];
    if (!cell || row === undefined) return;
    this.#activate({ row: Number(row), column: Number(cell.ariaColIndex) - 1 }, event.shiftKey);
  }

  #copy(event: ClipboardEvent): void {
    if (this.#active === null || event.clipboardData === null || !(getSelection()?.isCollapsed ?? true)) return;
    const { first, last } = this.#range() ?? { first: this.#active, last: this.#active };
    const text = rowsAsText(first, last, (row, column) => this.#cache?.value(row, column), this.#styles);
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    event.stopPropagation();
  }
}

function element(tag: "div" | "span", className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-grid": CellarGrid;
  }
}
