import type { Document } from "happy-dom";

/** The document of a process without a page. */
export type LightDocument = Document;

/**
 * Globals of a page that libraries and cells need to make elements. What reaches outside (`fetch`, `XMLHttpRequest`,
 * `WebSocket`, `open`) is left out.
 */
const elementNames = [
  "Attr",
  "CharacterData",
  "Comment",
  "CSSStyleDeclaration",
  "CSSStyleSheet",
  "CustomEvent",
  "DOMParser",
  "Document",
  "DocumentFragment",
  "DocumentType",
  "Element",
  "Event",
  "FileList",
  "HTMLCollection",
  "HTMLElement",
  "HTMLButtonElement",
  "HTMLCanvasElement",
  "HTMLDivElement",
  "HTMLFormElement",
  "HTMLImageElement",
  "HTMLInputElement",
  "HTMLOptionElement",
  "HTMLSelectElement",
  "HTMLTableElement",
  "HTMLTemplateElement",
  "HTMLTextAreaElement",
  "Image",
  "InputEvent",
  "KeyboardEvent",
  "MouseEvent",
  "MutationObserver",
  "Node",
  "NodeFilter",
  "NodeList",
  "Option",
  "PointerEvent",
  "Range",
  "SVGElement",
  "SVGSVGElement",
  "ShadowRoot",
  "Text",
  "XMLSerializer",
  "getComputedStyle",
] as const;

let installing: Promise<Document> | null = null;

/**
 * Gives the process `document`, `window` and the classes of elements, once. happy-dom, since of 32 probes over Inputs,
 * htl, Plot, d3 and the inspector it passed all but one, and linkedom 13: it has no `checkValidity`, `valueAsNumber` or
 * namespaces of `svg`. It costs 0.4 s and 60 MB, so it is installed only for cells that name what needs it.
 */
export async function installDom(): Promise<void> {
  await openDocument();
}

/** The document that `installDom` installs. */
export function openDocument(): Promise<Document> {
  return (installing ??= install());
}

async function install(): Promise<Document> {
  const { Window } = await import("happy-dom");
  const window = new Window({
    url: "http://localhost/",
    width: 1280,
    height: 720,
    settings: {
      disableJavaScriptEvaluation: true,
      disableJavaScriptFileLoading: true,
      disableCSSFileLoading: true,
      disableIframePageLoading: true,
    },
  });
  const { document } = window;
  // happy-dom calls every document one of quirks mode, which KaTeX complains about
  Object.defineProperty(document, "compatMode", { value: "CSS1Compat" });
  const shown: Record<string, unknown> = { document, window };
  for (const name of elementNames) shown[name] = Reflect.get(window, name);
  for (const [name, value] of Object.entries(shown))
    if (value !== undefined) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  giveRangesTheirMiddle(window.HTMLInputElement.prototype);
  countStepsFromMinimum(window.ValidityState.prototype);
  return document;
}

interface NumberInput {
  readonly localName: string;
  readonly type: string;
  readonly value: string;
  readonly min: string;
  getAttribute(name: string): string | null;
}

/** happy-dom takes 0.3 for no multiple of 0.1, and counts steps from 0, where HTML counts from the minimum. */
function countStepsFromMinimum(prototype: object): void {
  Object.defineProperty(prototype, "stepMismatch", {
    configurable: true,
    get(this: { readonly element: NumberInput }) {
      const { element } = this;
      if (element.localName !== "input" || (element.type !== "number" && element.type !== "range")) return false;
      const step = element.getAttribute("step") ?? "1";
      if (step === "any" || element.value === "" || !(Number(step) > 0)) return false;
      const steps = (Number(element.value) - Number(element.min || element.getAttribute("value") || 0)) / Number(step);
      return Math.abs(steps - Math.round(steps)) > 1e-6;
    },
  });
}

/** In a browser an `<input type=range>` without a value stands in its middle; `Inputs.range` relies on it. */
function giveRangesTheirMiddle(prototype: object): void {
  const original = Object.getOwnPropertyDescriptor(prototype, "value");
  if (original?.get === undefined) return;
  const { get } = original;
  Object.defineProperty(prototype, "value", {
    ...original,
    get(this: { readonly type: string; readonly min: string; readonly max: string; readonly step: string }) {
      const value: unknown = get.call(this);
      return value === "" && this.type === "range" ? String(middleOf(this)) : value;
    },
  });
}

/** The default value of HTML's range control: half way, on a step. */
function middleOf(range: { readonly min: string; readonly max: string; readonly step: string }): number {
  const min = range.min === "" ? 0 : Number(range.min);
  const max = range.max === "" ? 100 : Number(range.max);
  if (max < min) return min;
  const middle = min + (max - min) / 2;
  const step = range.step === "any" ? 0 : Number(range.step) || 1;
  if (step === 0) return middle;
  const digits = Math.max(0, (String(step).split(".")[1] ?? "").length);
  return Number((min + Math.round((middle - min) / step) * step).toFixed(digits));
}
