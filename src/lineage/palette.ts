import type { Tone } from "../shell/status.ts";

/** The colours and faces of the page as a canvas needs them. */
export interface Palette {
  readonly paper: string;
  readonly raised: string;
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly accent: string;
  readonly tones: Readonly<Record<Tone, string>>;
  readonly sans: string;
  readonly mono: string;
}

/** Reads the tokens as they are for this element now: a canvas knows no `light-dark()`. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const style = getComputedStyle(element);
  const palette = {
    paper: read("--paper"),
    raised: read("--paper-raised"),
    ink: read("--ink"),
    soft: read("--ink-soft"),
    faint: read("--ink-faint"),
    line: read("--line"),
    lineStrong: read("--line-strong"),
    accent: read("--accent"),
    tones: {
      good: read("--good"),
      warn: read("--warn"),
      bad: read("--bad"),
      busy: read("--accent"),
      quiet: read("--ink-faint"),
    },
    sans: style.getPropertyValue("--font-sans"),
    mono: style.getPropertyValue("--font-mono"),
  };
  probe.remove();
  return palette;
}
