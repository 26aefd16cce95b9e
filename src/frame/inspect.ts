import { Inspector } from "@observablehq/inspector";

const inspectors = new WeakMap<HTMLElement, Inspector>();

/**
 * A JavaScript value, drawn so that it can be opened and looked into. Where `before` was drawn by this function it is used
 * again, and what was opened in it stays open.
 */
export function inspect(value: unknown, name: string | null, before: HTMLElement | null): HTMLElement {
  const known = before && inspectors.get(before);
  const place = known && before ? before : document.createElement("div");
  const inspector = known ?? new Inspector(place);
  inspectors.set(place, inspector);
  inspector.fulfilled(value, name ?? undefined);
  return place;
}
