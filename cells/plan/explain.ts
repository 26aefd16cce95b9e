import type { Plan } from "./plan.ts";

/** A plan in one line: `3 to run, 2 reused, 5 left as they are; about 12 s`. */
export function explainPlan({ steps }: Plan): string {
  if (steps.length === 0) return "nothing to do";
  const count = (action: string) => steps.filter((step) => step.action === action).length;
  const runs = steps.filter((step) => step.action === "run");
  const parts = [
    [runs.length, "to run"] as const,
    [count("reuse"), "reused"] as const,
    [count("skip"), "left out"] as const,
  ].flatMap(([n, what]) => (n > 0 ? `${n} ${what}` : []));
  const known = runs.flatMap((step) => step.estimateMs ?? []);
  const unknown = runs.length - known.length;
  if (runs.length === 0) return `${parts.join(", ")}; nothing to compute`;
  if (known.length === 0) return `${parts.join(", ")}; nothing known of how long`;
  const time = `about ${sayDuration(known.reduce((sum, ms) => sum + ms, 0))}`;
  return `${parts.join(", ")}; ${time}${unknown > 0 ? ` and ${unknown} that never ran` : ""}`;
}

/** A duration in the unit that suits it: `850 ms`, `12 s`, `3 min`, `2.5 h`. */
function sayDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 120 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 6) / 10} h`;
}
