import { html, type TemplateResult } from "lit";
import type { ServerEvent } from "../remote/server-event.ts";
import { sayTime } from "./say.ts";

/** What a run said, line by line. */
export function runLog(events: readonly ServerEvent[], running: boolean): TemplateResult {
  const lines = events.flatMap((event) => lineOf(event) ?? []);
  if (lines.length === 0)
    return html`<p class="soft">${running ? "Nothing has been logged yet." : "Nothing was logged."}</p>`;
  return html`<ol class="log" role="log" aria-label="Log">
    ${lines.map(
      ({ at, who, level, text }) =>
        html`<li data-level=${level}>
          <time>${sayTime(at).slice(11)}</time> <span class="log-who">${who}</span>
          <span class="log-text">${text}</span>
        </li>`,
    )}
  </ol>`;
}

interface Line {
  readonly at: number;
  readonly who: string;
  readonly level: string;
  readonly text: string;
}

function lineOf({ at, fact }: ServerEvent): Line | null {
  switch (fact.type) {
    case "log":
      return {
        at,
        who: fact.asset ?? (fact.cell === null ? "" : `cell ${fact.cell}`),
        level: fact.level,
        text: fact.text,
      };
    case "step_changed":
      return {
        at,
        who: fact.asset,
        level: fact.error === null ? "state" : "error",
        text: `${fact.state}${fact.error === null ? (fact.reason === "" ? "" : `: ${fact.reason}`) : `: ${fact.error.message}`}`,
      };
    case "run_changed":
      return {
        at,
        who: "",
        level: fact.error === null ? "state" : "error",
        text: `run ${fact.state}${fact.error === null ? "" : `: ${fact.error.message}`}`,
      };
    case "notebook_published":
    case "notebook_unpublished":
    case "notebook_changed":
    case "notebook_removed":
    case "materialized":
    case "other":
      return null;
  }
}
