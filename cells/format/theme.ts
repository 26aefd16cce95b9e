import type { Theme } from "../model/notebook.ts";

/** Reads a `theme` attribute: a name, or `light-dark(a, b)` or `a b` for one of each scheme. Unknown names are kept. */
export function parseTheme(text: string | null): Theme {
  if (text === null) return "air";
  const theme = text.trim().toLowerCase();
  const pair = /^light-dark\(\s*([\w-]+)\s*,\s*([\w-]+)\s*\)$/.exec(theme) ?? /^([\w-]+)\s+([\w-]+)$/.exec(theme);
  return pair?.[1] !== undefined && pair[2] !== undefined ? { light: pair[1], dark: pair[2] } : theme;
}

/** Writes a theme so that `parseTheme` gives it back. */
export function formatTheme(theme: Theme): string {
  return typeof theme === "string" ? theme : `light-dark(${theme.light}, ${theme.dark})`;
}
