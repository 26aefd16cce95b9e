import type { Point } from "./viewport.ts";

/** What hands do to a view, in pixels from its corner. */
export interface Gestures {
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
  /** the pointer is over a point; null: it left */
  hover(at: Point | null): void;
  /** a press that was no drag; `touch`: there is no hovering, so the first tap looks */
  press(at: Point, how: { readonly touch: boolean; readonly shift: boolean }): void;
}

/** A press that moves further than this is a drag. */
const dragPixels = 4;

/** Reads mouse, touch and pen on an element until the returned function is called. Two fingers pinch; a wheel zooms, a trackpad pans. */
export function readGestures(element: HTMLElement, gestures: Gestures): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const pointers = new Map<number, Point>();
  let moved = false;
  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button > 1) return;
      if (pointers.size === 0) moved = false;
      pointers.set(event.pointerId, pointOf(event));
      element.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const at = pointOf(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) return gestures.hover(at);
      if (!moved && Math.hypot(at.x - before.x, at.y - before.y) < dragPixels) return;
      moved = true;
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, at);
      if (other === undefined) return gestures.pan(at.x - before.x, at.y - before.y);
      const spread =
        Math.hypot(at.x - other.x, at.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      gestures.zoom(spread, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
      gestures.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    },
    { signal },
  );
  const end = (event: PointerEvent): void => {
    const wasDown = pointers.delete(event.pointerId);
    if (wasDown && !moved && event.type === "pointerup" && event.button === 0)
      gestures.press(pointOf(event), {
        touch: event.pointerType === "touch",
        shift: event.shiftKey || event.ctrlKey || event.metaKey,
      });
  };
  element.addEventListener("pointerup", end, { signal });
  element.addEventListener("pointercancel", end, { signal });
  element.addEventListener("pointerleave", () => gestures.hover(null), { signal });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      // a wheel turns in coarse, straight steps; a trackpad moves finely and aslant, and says ctrl when it pinches
      const isWheel = event.deltaX === 0 && (event.deltaMode === 1 || Math.abs(event.deltaY) >= 50);
      if (event.ctrlKey || event.metaKey || (isWheel && !event.shiftKey)) {
        const strength = event.ctrlKey && !isWheel ? 0.01 : 0.0016;
        gestures.zoom(Math.exp(-event.deltaY * lines * strength), pointOf(event));
      } else if (event.shiftKey) gestures.pan(-event.deltaY * lines, 0);
      else gestures.pan(-event.deltaX * lines, -event.deltaY * lines);
    },
    { signal, passive: false },
  );
  return () => stop.abort();
}
