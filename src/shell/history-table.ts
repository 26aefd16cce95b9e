import { html, nothing, type TemplateResult } from "lit";
import type { Fact } from "./fact.ts";
import { formatRoute } from "./router.ts";
import { sayAgo, sayBytes, sayCount, sayDuration, sayTime } from "./say.ts";

/** What an asset was, newest first. Equal data versions stand out: a run may make nothing new. */
export function historyTable(history: readonly Fact[]): TemplateResult {
  const now = Date.now();
  return html`<div class="table-scroll">
    <table class="history">
      <thead>
        <tr>
          <th scope="col">Made</th>
          <th scope="col">Run</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col" class="number">Size</th>
          <th scope="col" class="number">Took</th>
          <th scope="col">Data version</th>
        </tr>
      </thead>
      <tbody>
        ${history.map((fact, index) => row(fact, history[index + 1], now))}
      </tbody>
    </table>
  </div>`;
}

function row(
  { createdAt, partition, run, rows, bytes, ms, dataVersion, codeVersion }: Fact,
  before: Fact | undefined,
  now: number,
) {
  const changes =
    before === undefined
      ? "first"
      : before.dataVersion === dataVersion
        ? "same data"
        : before.codeVersion === codeVersion
          ? "new data"
          : "new code";
  return html`<tr>
    <th scope="row" title=${sayTime(createdAt)}>
      ${sayAgo(createdAt, now)}${partition === "" ? nothing : html` <span class="soft">${partition}</span>`}
    </th>
    <td>
      <a href=${formatRoute({ type: "run", id: run, step: null })}><code>${run.slice(0, 8)}</code></a>
    </td>
    <td class="number">${rows === null ? "" : sayCount(rows)}</td>
    <td class="number">${bytes === 0 ? "" : sayBytes(bytes)}</td>
    <td class="number">${sayDuration(ms)}</td>
    <td title=${dataVersion}><code>${dataVersion.slice(0, 10)}</code> <span class="soft">${changes}</span></td>
  </tr>`;
}
