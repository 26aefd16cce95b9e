/** What was found of one part of a workspace. `info` is no problem, `warning` one that can wait, `error` one that keeps something from working. */
export interface Finding {
  readonly severity: "info" | "warning" | "error";
  /** which part: `node`, `store`, `lake`, … */
  readonly part: string;
  /** the fact, in a sentence */
  readonly message: string;
  /** what to do; "" where nothing is to be done */
  readonly advice: string;
}

export function info(part: string, message: string): Finding {
  return { severity: "info", part, message, advice: "" };
}

export function warning(part: string, message: string, advice: string): Finding {
  return { severity: "warning", part, message, advice };
}

export function problem(part: string, message: string, advice: string): Finding {
  return { severity: "error", part, message, advice };
}

const named = 3;

/** The first few of many, and how many more there are. */
export function some(names: readonly string[]): string {
  const more = names.length - named;
  return `${names.slice(0, named).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
