import inputs from "@observablehq/inputs/dist/index.css?inline";
import tokens from "../styles/tokens.css?inline";
import page from "./document.css?inline";
import inspector from "./inspector.css?inline";

/** Every rule of the frame's document; cells may add their own behind it. */
export function applyStyle(): void {
  const sheet = document.createElement("style");
  sheet.textContent = [tokens, inputs, inspector, page].join("\n");
  document.head.append(sheet);
}
