import { Inspector } from "@observablehq/inspector";

/** A JavaScript value, drawn so that it can be opened and looked into. */
export function inspect(value: unknown, name: string | null): HTMLElement {
  const place = document.createElement("div");
  new Inspector(place).fulfilled(value, name ?? undefined);
  return place;
}
