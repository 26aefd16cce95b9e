import { AppError, messageOf } from "../../cells/errors.ts";
import { readSimulation, type Simulation } from "../../cells/automation/simulation.ts";
import { placeInJson, problemOfJson } from "../workspace/workspace-config.ts";

/** A made-up story from a file, and the conditions that stand in it in place of the notebooks' own. */
export interface SimulationFile {
  readonly simulation: Simulation;
  readonly automation: Readonly<Record<string, string>>;
  /** Adds file and line to what is said of a place in the story (`events[3].key is …`). */
  readonly placed: (message: string) => string;
}

/**
 * Reads the file of `cellar simulate`: JSON as `readSimulation` has it, with a member `automation` (key of an asset → condition); or
 * JSON lines (`.jsonl`, `.ndjson`): events one a line, before them one without `type` that holds the rest. Throws `usage` with file,
 * line, what is wrong and what is right.
 */
export function readSimulationFile(name: string, text: string): SimulationFile {
  const isLines = /\.(jsonl|ndjson)$/i.test(name);
  const { document, placeOf } = isLines ? readLines(name, text) : readWhole(name, text);
  const placed = (message: string): string => {
    const [, path] = /^((?:events\[\d+\]|[a-zA-Z]+)[\w.[\]]*)/.exec(message) ?? [];
    const place = path === undefined ? null : placeOf(path);
    return place === null ? `${name}: ${message}` : `${name}:${place}: ${message}`;
  };
  const { automation = {}, ...story } = document;
  try {
    const isTexts =
      typeof automation === "object" &&
      automation !== null &&
      !Array.isArray(automation) &&
      Object.values(automation).every((value) => typeof value === "string");
    if (!isTexts)
      throw new AppError("usage", 'automation is no object of texts; write it as {"sales/report": "eager"}');
    return { simulation: readSimulation(story), automation: automation as Readonly<Record<string, string>>, placed };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError("usage", placed(messageOf(error)), { cause: error });
  }
}

interface Read {
  readonly document: Readonly<Record<string, unknown>>;
  /** `line:column` or `line` of `events[3].key`, or null */
  readonly placeOf: (path: string) => string | null;
}

function readWhole(name: string, text: string): Read {
  const problem = problemOfJson(text);
  if (problem !== null)
    throw new AppError(
      "usage",
      `${name}:${problem.line}:${problem.column}: not JSON here (${problem.message}); write {"start": "2026-01-31T09:00:00Z", "events": […]}, or one event a line in a file named .jsonl`,
    );
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new AppError(
      "usage",
      `${name}:1: the simulation is no object; write {"start": "2026-01-31T09:00:00Z", "events": […]}`,
    );
  return {
    document: Object.fromEntries(Object.entries(document)),
    placeOf(path) {
      const steps = path
        .split(/[.[\]]+/)
        .flatMap((part) => (part === "" ? [] : [/^\d+$/.test(part) ? Number(part) : part]));
      for (let length = steps.length; length > 0; length--) {
        const place = placeInJson(text, steps.slice(0, length));
        if (place !== null) return `${place.line}:${place.column}`;
      }
      return null;
    },
  };
}

function readLines(name: string, text: string): Read {
  let rest: Readonly<Record<string, unknown>> = {};
  let restLine = 1;
  const events: Readonly<Record<string, unknown>>[] = [];
  const lines: number[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const problem = problemOfJson(line);
    const value: unknown = problem === null ? JSON.parse(line) : null;
    if (problem !== null || typeof value !== "object" || value === null || Array.isArray(value))
      throw new AppError(
        "usage",
        `${name}:${i + 1}:${problem?.column ?? 1}: not one JSON object (${problem?.message ?? "another value"}); write an event, as {"at": "2026-01-31T09:02:00Z", "type": "materialized", "key": "sales/orders"}`,
      );
    const entry = Object.fromEntries(Object.entries(value));
    if (entry["type"] === undefined && events.length === 0) {
      rest = entry;
      restLine = i + 1;
    } else {
      events.push(entry);
      lines.push(i + 1);
    }
  }
  return {
    document: { start: events[0]?.["at"], ...rest, events },
    placeOf(path) {
      const at = /^events\[(\d+)\]/.exec(path)?.[1];
      return String(at === undefined ? restLine : (lines[Number(at)] ?? restLine));
    },
  };
}
