import type { CellLog, ConsoleCall } from "../../../cells/kernel/environment.ts";
import { consoleLine } from "./line.ts";

/** Lines of one cell that are kept; earlier ones are counted only, so that a loop that prints costs no memory. */
const keptLines = 1000;
/** Lines that are drawn at once; earlier ones are asked for. */
const drawnLines = 100;
/** How long a run may print nothing before what the run before printed goes: without it, the place would flicker. */
const oldMs = 300;
/** What is printed meanwhile is drawn together; a hidden document gets no animation frames. */
const gatherMs = 50;

/** What one cell printed, below its source: counted, to be folded, the last lines first of all. */
export class LogPlace implements CellLog {
  readonly element = document.createElement("details");
  readonly #cell: number;
  readonly #shownOrGone: () => void;
  readonly #summary = document.createElement("summary");
  readonly #note = document.createElement("p");
  readonly #earlier = document.createElement("button");
  readonly #list = document.createElement("ol");
  readonly #scroller = document.createElement("div");
  readonly #drawn = new WeakMap<ConsoleCall, HTMLElement>();
  #lines: ConsoleCall[] = [];
  #counts = { lines: 0, warn: 0, error: 0 };
  #wanted = drawnLines;
  #isOld = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ageing: ReturnType<typeof setTimeout> | undefined;

  /** `shownOrGone` is called when the first line comes and when all are gone. */
  constructor(cell: number, shownOrGone: () => void) {
    this.#cell = cell;
    this.#shownOrGone = shownOrGone;
    this.element.className = "cell-console";
    this.element.open = true;
    this.#note.className = "console-note";
    this.#earlier.className = "link";
    this.#earlier.addEventListener("click", () => this.#showEarlier());
    this.#list.className = "console-lines";
    this.#scroller.className = "console-scroll";
    this.#scroller.append(this.#note, this.#earlier, this.#list);
    this.element.append(this.#summary, this.#scroller);
    this.element.addEventListener("toggle", () => this.#draw());
  }

  get isFilled(): boolean {
    return this.#counts.lines > 0;
  }

  begin(): void {
    if (!this.isFilled) return;
    this.#isOld = true;
    if (this.#ageing !== undefined) return;
    this.#ageing = setTimeout(() => {
      this.#ageing = undefined;
      if (this.#isOld) this.clear();
    }, oldMs);
  }

  print(call: ConsoleCall): void {
    if (this.#isOld) this.#forget();
    this.#lines.push(call);
    // cut now and then, since each cut copies what is kept
    if (this.#lines.length >= 2 * keptLines) this.#lines = this.#lines.slice(-keptLines);
    if (call.level === "warn" || call.level === "error") this.#counts[call.level]++;
    if (++this.#counts.lines === 1) this.#shownOrGone();
    this.#timer ??= setTimeout(() => this.#draw(), gatherMs);
  }

  clear(): void {
    const was = this.isFilled;
    this.#forget();
    if (was) this.#shownOrGone();
  }

  #forget(): void {
    this.#isOld = false;
    this.#lines = [];
    this.#counts = { lines: 0, warn: 0, error: 0 };
    this.#wanted = drawnLines;
  }

  #showEarlier(): void {
    const height = this.#scroller.scrollHeight;
    this.#wanted += drawnLines;
    this.#draw();
    this.#scroller.scrollTop += this.#scroller.scrollHeight - height;
    this.#list.tabIndex = -1;
    this.#list.focus({ preventScroll: true });
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { lines, warn, error } = this.#counts;
    this.#summary.replaceChildren(
      `Console ${lines.toLocaleString("en")}`,
      ...(warn > 0 ? [count("warn", warn, "warning")] : []),
      ...(error > 0 ? [count("error", error, "error")] : []),
    );
    this.#list.ariaLabel = `Console of cell ${this.#cell}`;
    if (!this.element.open) return;
    const kept = this.#lines.slice(-keptLines);
    const drawn = kept.slice(-this.#wanted);
    const hidden = kept.length - drawn.length;
    this.#note.hidden = lines <= keptLines;
    this.#note.textContent = `${lines.toLocaleString("en")} lines were printed; the last ${keptLines.toLocaleString("en")} are kept.`;
    this.#earlier.hidden = hidden === 0;
    this.#earlier.textContent = `Show ${Math.min(hidden, drawnLines)} earlier lines`;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
    this.#list.replaceChildren(...drawn.map((call) => this.#line(call)));
    if (isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #line(call: ConsoleCall): HTMLElement {
    const known = this.#drawn.get(call);
    if (known) return known;
    const made = consoleLine(call);
    this.#drawn.set(call, made);
    return made;
  }
}

function count(level: "warn" | "error", number: number, word: string): HTMLElement {
  const made = document.createElement("span");
  made.dataset["level"] = level;
  made.textContent = `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
  return made;
}
