import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { NotebookSummary } from "../../cells/api/schema.ts";
import type { LineageNode } from "../../cells/lineage/lineage.ts";
import type { HomeData } from "./home-data.ts";
import { formatRoute } from "./router.ts";
import { plural, sayAgo, sayTime } from "./say.ts";
import { saySchedule } from "./say-schedule.ts";
import { statusShape, toneOf } from "./status.ts";

/** Notebooks, each with its state: what its assets say, its errors, whether and when the server runs it. */
export function notebookList({ notebooks, lineage, now }: HomeData): TemplateResult {
  const assets = new Map<string, LineageNode[]>();
  for (const node of lineage?.nodes ?? []) {
    if (node.notebook === null) continue;
    const list = assets.get(node.notebook);
    if (list) list.push(node);
    else assets.set(node.notebook, [node]);
  }
  return html`<ul class="notebooks">
    ${repeat(
      notebooks,
      ({ path }) => path,
      (notebook) => item(notebook, assets.get(notebook.path) ?? [], now),
    )}
  </ul>`;
}

function item(notebook: NotebookSummary, assets: readonly LineageNode[], now: number): TemplateResult {
  const { path, title, errors } = notebook;
  return html`<li>
    <div class="notebook-name">
      <a class="row-link" href=${formatRoute({ type: "notebook", path, cell: null })}>${title}</a>
      <span class="path">${path}</span>
    </div>
    <div class="notebook-state">
      ${errors > 0 ? html`<span class="status" data-tone="bad">${statusShape("bad")} ${plural(errors, "error")}</span>` : nothing}
      ${counts(assets)}
    </div>
    <div class="notebook-server">${server(notebook, assets, now)}</div>
  </li>`;
}

const counted = ["failed", "stale", "missing", "fresh"] as const;

function counts(assets: readonly LineageNode[]) {
  return counted.map((state) => {
    const count = assets.filter(({ status }) => status === state).length;
    return count === 0
      ? nothing
      : html`<span class="status" data-tone=${toneOf(state)}>${statusShape(toneOf(state))} ${count} ${state}</span>`;
  });
}

function server(
  { published, revision, schedule, nextTick }: NotebookSummary,
  assets: readonly LineageNode[],
  now: number,
) {
  const lastRunAt = assets.reduce<number | null>(
    (latest, node) => (node.lastRunAt !== null && node.lastRunAt > (latest ?? 0) ? node.lastRunAt : latest),
    null,
  );
  const parts = [
    published === null ? "Not published" : published.revision === revision ? "Published" : "Published, changed since",
    schedule.length === 0
      ? ""
      : published === null
        ? `would run ${schedule.map(saySchedule).join("; ")}`
        : nextTick === null
          ? schedule.map(saySchedule).join("; ")
          : `next run ${sayAgo(nextTick, now)}`,
    lastRunAt === null ? "" : `last result ${sayAgo(lastRunAt, now)}`,
  ];
  const titles = [...schedule, nextTick === null ? "" : `next: ${sayTime(nextTick)}`].filter((part) => part !== "");
  return html`<span title=${titles.join("\n")}>${parts.filter((part) => part !== "").join(" · ")}</span>`;
}
