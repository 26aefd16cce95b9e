import { html, nothing, type TemplateResult } from "lit";
import { readCheckValue, sayVerdict } from "../../../cells/checks/verdict.ts";
import { messageOf } from "../../../cells/errors.ts";
import type { DocumentCell } from "../../../cells/protocol/document.ts";
import type { CellState } from "../../../cells/protocol/kernel.ts";
import type { TestVerdict } from "../../../cells/protocol/verdict.ts";
import type { FrameContext } from "../context.ts";
import type { ShownVerdict } from "../document-store.ts";
import { formatMs } from "../format-ms.ts";
import { icon, type IconName } from "../icons.ts";
import { differingRows, differingTable } from "./differing-rows.ts";

type Tone = "good" | "bad" | "warn" | "running";

/** What a cell says of data: as a test, or as a check. */
export function verdictOf(
  context: FrameContext,
  known: DocumentCell,
  state: CellState,
): TemplateResult | typeof nothing {
  const shown = context.store.verdict(known.id);
  if (known.test !== null) return testVerdict(context, known.test, shown);
  return known.check === null ? nothing : checkVerdict(known.check, state, context.outputs.get(known.id).checked);
}

/** Whether a check found no wrong row: its empty table then says nothing that the verdict does not. */
export function isCleanCheck(known: DocumentCell, context: FrameContext): boolean {
  const { checked } = context.outputs.get(known.id);
  if (known.check === null || checked === undefined) return false;
  const found = readCheckValue(checked);
  return found.type === "rows" && found.failing === 0;
}

function testVerdict(context: FrameContext, asset: string, { verdict, running }: ShownVerdict) {
  if (verdict === null)
    return running ? line("running", html`<strong>running</strong> the test of ${asset}`, true) : nothing;
  const ms = html`<span class="verdict-ms">${formatMs(verdict.ms)}</span>`;
  switch (verdict.state) {
    case "passed":
      return line("good", html`<strong>passed</strong>: ${sayPassed(asset, verdict.expected)} ${ms}`, running);
    case "failed": {
      const rows = differingRows(verdict);
      return html`${line("bad", html`<strong>failed</strong>: ${sayFailed(asset, verdict)} ${ms}`, running)}
      ${differingTable(rows, asset)}`;
    }
    case "errored":
      return line(
        "bad",
        html`<strong>could not be run</strong>:
          <span class="verdict-error">${verdict.message}</span> ${placeLink(context, verdict.place)}`,
        running,
      );
  }
}

function sayPassed(asset: string, expected: number | null): string {
  if (expected === 0) return `nothing comes out of ${asset}, as expected`;
  if (expected === null) return `${asset} is as expected`;
  return expected === 1 ? `the row of ${asset} is as expected` : `all ${expected} rows of ${asset} are as expected`;
}

/** Rows that can be laid beside each other differ; others are missing, or not expected. */
function sayFailed(asset: string, verdict: TestVerdict): string {
  const { pairs, moreMissing, moreUnexpected } = differingRows(verdict);
  if (pairs.length === 0) return verdict.message;
  const both = pairs.filter(({ missing, unexpected }) => missing !== null && unexpected !== null).length;
  const missing = verdict.missing.count - both;
  const unexpected = verdict.unexpected.count - both;
  // pairs may be among the rows that are not here
  if (moreMissing > 0 && moreUnexpected > 0) return verdict.message;
  const parts = [
    [both, "differs", "differ"],
    [missing, "is missing", "are missing"],
    [unexpected, "was not expected", "were not expected"],
  ] as const;
  return parts
    .filter(([rows]) => rows > 0)
    .map(([rows, one, more], at) => {
      const count = rows.toLocaleString("en");
      const what = at > 0 ? count : `${count} ${rows === 1 ? "row" : "rows"} of ${asset}`;
      return `${what} ${rows === 1 ? one : more}`;
    })
    .join(", ");
}

function placeLink(context: FrameContext, place: TestVerdict["place"]) {
  if (place === null) return nothing;
  return html`<button class="link" @click=${() => context.revealPlace(place.cell, place)}>
    cell ${place.cell}, line ${place.line}:${place.column}
  </button>`;
}

function checkVerdict(check: NonNullable<DocumentCell["check"]>, state: CellState, said: unknown) {
  if (said === undefined || (state.type !== "fulfilled" && state.type !== "stale")) return nothing;
  const found = readCheckValue(said);
  if (found.type === "none")
    return line("bad", html`<strong>could not be carried out</strong>: ${messageOf(found.error)}`, false);
  const passed = found.type === "said" ? found.passed : found.failing === 0;
  const failing = found.type === "rows" ? found.failing : null;
  if (passed) return line("good", html`<strong>passed</strong>${failing === 0 ? ": no rows are wrong" : ""}`, false);
  return line(
    check.severity === "warn" ? "warn" : "bad",
    html`<strong>${sayVerdict({ passed, failing }, null)}</strong>
      ${sayMeaning(check.severity, check.blocking, check.asset)}`,
    false,
  );
}

/** What a failure comes to when the server publishes. */
function sayMeaning(severity: "error" | "warn", blocking: boolean, asset: string): string {
  if (severity === "warn") return "(warn)";
  return blocking ? `(error, blocking: the server keeps ${asset} from its readers)` : "(error)";
}

const icons: Readonly<Record<Tone, IconName>> = { good: "check", bad: "close", warn: "warning", running: "more" };

/** One line; colour only repeats what drawing and words say. */
function line(tone: Tone, text: TemplateResult, running: boolean): TemplateResult {
  return html`<div class="verdict" data-tone=${tone} ?data-running=${running} role="status" aria-busy=${running}>
    ${running ? html`<span class="spinner"></span>` : icon(icons[tone])}<span class="verdict-text">${text}</span>
  </div>`;
}
