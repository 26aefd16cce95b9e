import { svg, type SVGTemplateResult } from "lit";

const paths = {
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10",
  run: "M5 3.200v9.600L12.600 8z",
  stop: "M4.500 4.500h7v7h-7z",
  retry: "M13 8a5 5 0 1 1-1.500-3.500M13 2v3h-3",
  share:
    "M6.500 9.500 9.500 6.500M7 4.500 8.500 3a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500 7.500 13A3 3 0 0 1 3 8.500L4.500 7",
  download: "M8 2.500v7M5 7l3 3 3-3M3 13h10",
  close: "M4 4l8 8M12 4l-8 8",
  sun: "M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600M8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M3.400 12.600l.7-.7M11.900 4.100l.7-.7",
  moon: "M13 9.500A5.500 5.500 0 0 1 6.500 3a5.500 5.500 0 1 0 6.500 6.500",
  screen: "M2 3.500h12v7.500H2zM6 13.500h4",
  warning: "M8 2.500 14.200 13H1.800zM8 6.500v3M8 11.300v.01",
  copy: "M5.500 5.500h7v8h-7zM10.500 5.500v-3h-7v8h2",
  upload: "M8 10V3M5 5.500l3-3 3 3M3 13h10",
  file: "M4 1.500h5l3 3v10H4zM9 1.500v3h3",
} as const;

export type IconName = keyof typeof paths;

/** A 16 px drawing in the colour of the text around it; it says nothing to a screen reader. */
export function icon(name: IconName): SVGTemplateResult {
  const filled = name === "run" || name === "stop";
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill=${filled ? "currentColor" : "none"}
    stroke=${filled ? "none" : "currentColor"} stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"><path d=${paths[name]}></path></svg>`;
}
