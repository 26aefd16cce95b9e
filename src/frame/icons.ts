import { svg, type SVGTemplateResult } from "lit";

const paths = {
  run: "M5 3.2v9.6L12.6 8z",
  stop: "M4.5 4.5h7v7h-7z",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  plus: "M8 3v10M3 8h10",
  up: "M3.500 9.800 8 5.300l4.500 4.500",
  down: "M3.500 6.200 8 10.700l4.500-4.500",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.600 6.300 12 13 4.500",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  pin: "M6 2.5h4l-.5 4 2 2v1.5h-7V8.500l2-2zM8 10v4",
  warning: "M8 2.500 14.200 13H1.800zM8 6.500v3M8 11.300v.01",
  drag: "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
} as const;

export type IconName = keyof typeof paths;

/** A 16 px drawing in the colour of the text around it; it says nothing to a screen reader. */
export function icon(name: IconName): SVGTemplateResult {
  const filled = name === "run" || name === "stop";
  const thick = name === "more" || name === "drag";
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill=${filled ? "currentColor" : "none"}
    stroke=${filled ? "none" : "currentColor"} stroke-width=${thick ? "2" : "1.4"} stroke-linecap="round" stroke-linejoin="round"><path d=${paths[name]}></path></svg>`;
}
