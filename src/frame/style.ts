import inputs from "@observablehq/inputs/dist/index.css?inline";
import grid from "../styles/grid.css?inline";
import tokens from "../styles/tokens.css?inline";
import between from "./styles/between.css?inline";
import cell from "./styles/cell.css?inline";
import code from "./styles/code.css?inline";
import console from "./styles/console.css?inline";
import find from "./styles/find.css?inline";
import menus from "./styles/menus.css?inline";
import narrow from "./styles/narrow.css?inline";
import page from "./styles/page.css?inline";
import prose from "./styles/prose.css?inline";
import source from "./styles/source.css?inline";
import verdict from "./styles/verdict.css?inline";
import values from "./styles/values.css?inline";

/** In the order of the page; what changes others comes after them. */
const rules = [
  tokens,
  inputs,
  values,
  page,
  cell,
  source,
  code,
  console,
  between,
  menus,
  verdict,
  find,
  grid,
  prose,
  narrow,
];

/** Every rule of the frame's document; cells may add their own behind it. */
export function applyStyle(): void {
  const sheet = document.createElement("style");
  sheet.textContent = rules.join("\n");
  document.head.append(sheet);
}
