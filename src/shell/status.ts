import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";

/** How something is, in five tones. Each has a colour, a shape and a word, so that none of them is needed alone. */
export type Tone = "good" | "warn" | "bad" | "busy" | "quiet";

/** A shape that says a tone: disc, triangle, cross, arc, ring. In a square from -5 to 5. */
export const shapes: Readonly<Record<Tone, { readonly path: string; readonly filled: boolean }>> = {
  good: { path: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", filled: true },
  warn: { path: "M0,-4.500L4.500,3.600H-4.500Z", filled: true },
  bad: { path: "M-3.400,-3.400L3.400,3.400M3.400,-3.400L-3.400,3.400", filled: false },
  busy: { path: "M0,-4a4,4 0 1,1 -4,4", filled: false },
  quiet: { path: "M-3.500,0a3.500,3.500 0 1,0 7,0a3.500,3.500 0 1,0 -7,0", filled: false },
};

const tones: Readonly<Record<string, Tone>> = {
  fresh: "good",
  succeeded: "good",
  reused: "good",
  passed: "good",
  stale: "warn",
  interrupted: "warn",
  failed: "bad",
  blocked: "bad",
  running: "busy",
  starting: "busy",
  committing: "busy",
  cancelling: "busy",
};

/** The tone of a state of an asset, run or step; a word that is not known is quiet. */
export function toneOf(state: string): Tone {
  return Object.hasOwn(tones, state) ? (tones[state] ?? "quiet") : "quiet";
}

export function statusShape(tone: Tone): SVGTemplateResult {
  const { path, filled } = shapes[tone];
  return svg`<svg class="shape" data-tone=${tone} viewBox="-6 -6 12 12" width="12" height="12" aria-hidden="true" fill=${filled ? "currentColor" : "none"}
    stroke=${filled ? "none" : "currentColor"} stroke-width="2" stroke-linecap="round"><path d=${path}></path></svg>`;
}

/** A state as shape and word. */
export function status(state: string, title = ""): TemplateResult {
  const tone = toneOf(state);
  return html`<span class="status" data-tone=${tone} title=${title}>${statusShape(tone)}<span>${state}</span></span>`;
}
