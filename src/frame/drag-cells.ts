import type { Before } from "../../cells/protocol/document.ts";
import type { FrameContext } from "./context.ts";

/** A press that moves less than this is a click. */
const slack = 5;
/** Within so many pixels of an edge of the window the page scrolls, the faster the nearer. */
const edge = 72;
const fastest = 22;

/** What moving reaches into. */
interface DragReach {
  readonly context: FrameContext;
  readonly element: (cell: number) => HTMLElement | null;
}

/**
 * Moves a cell (with those that are selected with it) by the handle in its gutter: mouse, pen or finger. A line shows
 * where it would go; Escape leaves it where it is. A press that does not move is left to be a click.
 */
export function startDrag(press: PointerEvent, cell: number, { context, element }: DragReach): void {
  const handle = press.currentTarget;
  const { store, actions } = context;
  if (!(handle instanceof HTMLElement) || press.button !== 0 || store.readOnly) return;
  const dragged = draggedWith(cell, context);
  const line = document.createElement("div");
  line.className = "drop-line";
  let pointer = press.clientY;
  let frame = 0;
  let before: Before = cell;

  const draw = (): void => {
    frame = 0;
    if (!line.isConnected) return;
    const scrolled = scrollStep(pointer, innerHeight);
    if (scrolled !== 0) scrollBy(0, scrolled);
    before = placeFor(store.order, pointer, (id) => element(id)?.getBoundingClientRect() ?? null);
    const top = lineAt(before, store.order, element);
    line.style.translate = `0 ${top + scrollY}px`;
    if (scrolled !== 0) frame = requestAnimationFrame(draw);
  };
  const move = (event: PointerEvent): void => {
    pointer = event.clientY;
    if (!line.isConnected) {
      if (Math.hypot(event.clientX - press.clientX, pointer - press.clientY) < slack) return;
      const { left, width } =
        document.querySelector(".cell-body")?.getBoundingClientRect() ?? handle.getBoundingClientRect();
      Object.assign(line.style, { left: `${left + scrollX}px`, width: `${width}px` });
      document.body.append(line);
      document.body.toggleAttribute("data-moving", true);
      for (const id of dragged) element(id)?.toggleAttribute("data-dragged", true);
    }
    frame ||= requestAnimationFrame(draw);
  };
  const end = (): void => {
    stop.abort();
    cancelAnimationFrame(frame);
    line.remove();
    document.body.removeAttribute("data-moving");
    for (const id of dragged) element(id)?.removeAttribute("data-dragged");
  };
  const drop = (): void => {
    const moves = line.isConnected;
    if (moves) draw();
    end();
    if (!moves) return;
    // the click that a drop makes is no wish for the menu
    const dropped = new AbortController();
    handle.addEventListener("click", (event) => event.stopImmediatePropagation(), {
      capture: true,
      signal: dropped.signal,
    });
    setTimeout(() => dropped.abort());
    const target = freeBefore(before, dragged, store.order);
    if (wouldMove(dragged, target, store.order)) actions.moveTo(dragged, target);
    actions.select(cell);
  };
  const stop = new AbortController();
  const { signal } = stop;
  handle.setPointerCapture(press.pointerId);
  handle.addEventListener("pointermove", move, { signal });
  handle.addEventListener("pointerup", drop, { signal });
  handle.addEventListener("pointercancel", end, { signal });
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !line.isConnected) return;
      event.preventDefault();
      event.stopPropagation();
      end();
    },
    { signal, capture: true },
  );
}

/** The cell, and where it is one of several that are selected, those. In their order on the page. */
function draggedWith(cell: number, { store }: FrameContext): readonly number[] {
  const { selection, order } = store;
  if (selection.also.length === 0 || !store.isSelected(cell)) return [cell];
  const all = new Set([cell, ...selection.also, ...(selection.cell === null ? [] : [selection.cell])]);
  return order.filter((id) => all.has(id));
}

/** The first cell whose middle is below a height on the screen; null for the end. Looks at few of them. */
export function placeFor(
  order: readonly number[],
  y: number,
  box: (cell: number) => Pick<DOMRect, "top" | "height"> | null,
): Before {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const id = order[middle];
    const found = id === undefined ? null : box(id);
    if (found !== null && found.top + found.height / 2 > y) high = middle;
    else low = middle + 1;
  }
  return order[low] ?? null;
}

/** The place below a dragged cell, if `before` is one. */
export function freeBefore(before: Before, dragged: readonly number[], order: readonly number[]): Before {
  if (before === null || !dragged.includes(before)) return before;
  return order.slice(order.indexOf(before)).find((id) => !dragged.includes(id)) ?? null;
}

/** Whether cells would stand elsewhere than they do. */
export function wouldMove(dragged: readonly number[], before: Before, order: readonly number[]): boolean {
  const rest = order.filter((id) => !dragged.includes(id));
  const index = before === null ? rest.length : rest.indexOf(before);
  const moved = rest.toSpliced(index, 0, ...dragged);
  return moved.some((id, place) => id !== order[place]);
}

/** How far to scroll for a pointer near the top or bottom of the window. */
export function scrollStep(y: number, height: number): number {
  if (y < edge) return -Math.ceil((fastest * Math.min(edge, edge - y)) / edge);
  if (y > height - edge) return Math.ceil((fastest * Math.min(edge, y - height + edge)) / edge);
  return 0;
}

/** Height on the screen of the gap before a cell, or after the last one. */
function lineAt(before: Before, order: readonly number[], element: DragReach["element"]): number {
  const index = before === null ? order.length : order.indexOf(before);
  const box = (place: number): DOMRect | undefined => {
    const id = order[place];
    return id === undefined ? undefined : element(id)?.getBoundingClientRect();
  };
  const above = box(index - 1)?.bottom;
  const below = box(index)?.top;
  return ((above ?? below ?? 0) + (below ?? above ?? 0)) / 2;
}
