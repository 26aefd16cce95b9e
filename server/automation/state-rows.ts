import { emptyState, type AutomationState } from "../../cells/automation/state.ts";
import { noPace, type Pace } from "./pace.ts";
import type { AutomationDecision, AutomationParts } from "../store/automation-store.ts";

type Part = AutomationDecision["parts"][number];

/** what is kept row by row, so that an evaluation writes what it changed and no more */
const sections = ["facts", "conditions", "runs"] as const;

/** What of a state is another than before, as rows. Entries that are the same object are the same. */
export function changedParts(before: AutomationState | null, after: AutomationState): readonly Part[] {
  const parts: Part[] = [];
  for (const section of sections) {
    const old: Readonly<Record<string, unknown>> = before?.[section] ?? {};
    const now: Readonly<Record<string, unknown>> = after[section];
    for (const [key, value] of Object.entries(now))
      if (old[key] !== value) parts.push({ section, key, value: JSON.stringify(value) });
    for (const key of Object.keys(old)) if (!(key in now)) parts.push({ section, key, value: null });
  }
  const { facts: _facts, conditions: _conditions, runs: _runs, ...rest } = after;
  parts.push({ section: "", key: "rest", value: JSON.stringify(rest) });
  return parts;
}

/** The state that rows hold; null where there is none, or one of another version, which is made again from the facts. */
export function stateOfParts(parts: AutomationParts): AutomationState | null {
  const text = parts.get("")?.get("rest");
  if (text === undefined) return null;
  const rest = JSON.parse(text) as Omit<AutomationState, (typeof sections)[number]>;
  if (rest.version !== emptyState.version) return null;
  const section = (name: (typeof sections)[number]) =>
    Object.fromEntries(Array.from(parts.get(name) ?? [], ([key, value]) => [key, JSON.parse(value) as never]));
  return { ...rest, facts: section("facts"), conditions: section("conditions"), runs: section("runs") };
}

/** The number of the last evaluation that was stored; 0 before the first. */
export function lastEvaluationOf(parts: AutomationParts): number {
  return Number(parts.get("")?.get("evaluation") ?? 0);
}

export function partOfPace(pace: Pace): Part {
  return { section: "", key: "pace", value: JSON.stringify(pace) };
}

export function paceOfParts(parts: AutomationParts): Pace {
  const text = parts.get("")?.get("pace");
  return text === undefined ? noPace : (JSON.parse(text) as Pace);
}
