import type { DocumentStore } from "./document-store.ts";

/** Says to a screen reader where the selected cell now stands, whenever it was moved. */
export function sayPlaces(store: DocumentStore): void {
  const region = document.createElement("div");
  region.className = "only-spoken";
  region.ariaLive = "polite";
  document.body.append(region);
  let order = store.order;
  store.subscribe((change) => {
    if (change.type !== "order") return;
    const before = order;
    order = store.order;
    const { cell } = store.selection;
    if (cell === null || before.length !== order.length || before.indexOf(cell) === order.indexOf(cell)) return;
    region.textContent = `Cell ${cell} is now ${order.indexOf(cell) + 1} of ${order.length}`;
  });
}
