import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { RunReport, StepReport } from "../../cells/api/schema.ts";
import { formatRoute } from "./router.ts";
import { sayBytes, sayDuration, sayRows } from "./say.ts";
import { sentence } from "./states.ts";
import { status, toneOf } from "./status.ts";

/** The span of time that a chart of a run shows. Milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the run's start to its end, or to `now` while it runs. Never empty. */
export function spanOf(
  { startedAt, createdAt, endedAt }: Pick<RunReport, "startedAt" | "createdAt" | "endedAt">,
  now: number,
): Span {
  const from = startedAt ?? createdAt;
  return { from, to: Math.max(from + 1, endedAt ?? now) };
}

/** Where a bar stands in a span, in percent; null for a step that has not begun. */
export function barOf(
  { startedAt, endedAt }: Pick<StepReport, "startedAt" | "endedAt">,
  { from, to }: Span,
): { readonly start: number; readonly length: number } | null {
  if (startedAt === null) return null;
  const length = to - from;
  const start = Math.min(100, Math.max(0, ((startedAt - from) / length) * 100));
  const end = Math.min(100, Math.max(start, (((endedAt ?? to) - from) / length) * 100));
  return { start, length: end - start };
}

/** The steps of a run as bars on its time, each with what it made or why it failed. */
export function gantt(
  report: RunReport,
  chosen: string | null,
  placeOf: (step: StepReport) => string | null,
  now: number,
): TemplateResult {
  const span = spanOf(report, now);
  return html`<div class="gantt" role="table" aria-label="Steps">
    <div class="gantt-axis" aria-hidden="true">
      <span>0</span><span>${sayDuration((span.to - span.from) / 2)}</span
      ><span>${sayDuration(span.to - span.from)}</span>
    </div>
    ${repeat(
      ordered(report.steps),
      ({ key, partition }) => `${key} ${partition ?? ""}`,
      (step) => row(step, span, step.key === chosen, placeOf(step)),
    )}
  </div>`;
}

/** Steps in the order in which they began; those that did not, last. */
function ordered(steps: readonly StepReport[]): readonly StepReport[] {
  return steps.toSorted((a, b) => (a.startedAt ?? Infinity) - (b.startedAt ?? Infinity) || 0);
}

function row(step: StepReport, span: Span, isChosen: boolean, place: string | null): TemplateResult {
  const { key, partition, state, rows, bytes, ms, reason, attempt, error } = step;
  const bar = barOf(step, span);
  const wall = step.startedAt === null ? null : (step.endedAt ?? span.to) - step.startedAt;
  const made = [
    rows === null ? "" : sayRows(rows),
    bytes === null || bytes === 0 ? "" : sayBytes(bytes),
    ms === null ? "" : `computed in ${sayDuration(ms)}`,
    attempt > 1 ? `attempt ${attempt}` : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
  return html`<div class="gantt-row" role="row" ?data-chosen=${isChosen} data-tone=${toneOf(state)}>
    <div class="gantt-name" role="rowheader">
      <a href=${formatRoute({ type: "asset", key, partition })}>${key}</a
      >${partition === null ? nothing : html` <span class="soft">${partition}</span>`}
      <div class="gantt-state">${status(state, reason)} <span class="soft">${made === "" ? reason : made}</span></div>
    </div>
    <div class="gantt-time" role="cell">
      ${
        bar === null
          ? nothing
          : html`<div
                class="gantt-bar"
                style=${`inset-inline-start:${bar.start}%;inline-size:max(3px,${bar.length}%)`}
              ></div>
              <span class="gantt-ms" ?data-inside=${isInside(bar)} style=${placeOfLabel(bar)}
                >${wall === null ? "" : sayDuration(wall)}</span
              >`
      }
    </div>
    ${
      error === null
        ? nothing
        : html`<div class="gantt-error" role="cell">
            <p class="problem">${sentence(error.message)}</p>
            ${place === null ? nothing : html`<a href=${place}>${error.line === null ? `Cell ${error.cell}` : `Cell ${error.cell}, line ${error.line}`}</a>`}
          </div>`
    }
  </div>`;
}

interface Bar {
  readonly start: number;
  readonly length: number;
}

/** Percent of the width that a duration needs beside its bar, on a narrow screen. */
const labelled = 20;

/** Whether neither side of a bar has room for its duration. */
function isInside({ start, length }: Bar): boolean {
  return start + length >= 70 && start < labelled;
}

function placeOfLabel(bar: Bar): string {
  const end = bar.start + bar.length;
  if (isInside(bar)) return `inset-inline-start:calc(${bar.start}% + 6px)`;
  return end < 70 ? `inset-inline-start:calc(${end}% + 6px)` : `inset-inline-end:calc(${100 - bar.start}% + 6px)`;
}
