import { html, nothing, type TemplateResult } from "lit";
import type { LineageNode } from "../../cells/lineage/lineage.ts";
import { allLineage, selectKey } from "../shell/route.ts";
import { formatRoute } from "../shell/router.ts";
import { sayAgo, sayBytes, sayDuration, sayRows } from "../shell/say.ts";
import { status } from "../shell/status.ts";
import { kindLabel, stateOf } from "./scene.ts";

/** What is known of a node, over the corner of the picture. With `links` it can be gone to. */
export function nodeCard(node: LineageNode, now: number, links: boolean): TemplateResult {
  const facts = factsOf(node, now);
  return html`<aside class="lineage-card" aria-label=${node.key}>
    <h2><span class="kind">${kindLabel(node)}</span> ${node.key}</h2>
    ${node.type === "asset" ? html`<p class="lineage-reason">${status(stateOf(node))} <span class="soft">${node.reason ?? ""}</span></p>` : nothing}
    ${facts === "" ? nothing : html`<p class="soft">${facts}</p>`}
    ${links ? html`<p class="links">${linksOf(node)}</p>` : nothing}
  </aside>`;
}

/** A node in one sentence, for who hears it. */
export function sayNode(node: LineageNode | undefined, now: number): string {
  if (node === undefined) return "";
  return [node.type === "file" ? `file ${node.key}` : node.key, stateOf(node), node.reason ?? "", factsOf(node, now)]
    .filter((part) => part !== "")
    .join(", ");
}

function factsOf({ rows, bytes, ms, lastRunAt, notebookTitle, virtual }: LineageNode, now: number): string {
  return [
    notebookTitle === null ? "" : `in ${notebookTitle}`,
    virtual ? "not stored" : "",
    rows === null ? "" : sayRows(rows),
    bytes === null || bytes === 0 ? "" : sayBytes(bytes),
    ms === null ? "" : `took ${sayDuration(ms)}`,
    lastRunAt === null ? "" : sayAgo(lastRunAt, now),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function linksOf(node: LineageNode): TemplateResult {
  const around = node.type === "file" ? `file:"${node.key.replace(/(["\\])/g, "\\$1")}"+` : `+${selectKey(node.key)}+`;
  return html`${node.notebook === null ? nothing : html`<a href=${formatRoute({ type: "notebook", path: node.notebook, cell: node.cell })}>Cell</a>`}
    ${node.type === "file" ? nothing : html`<a href=${formatRoute({ type: "asset", key: node.key, partition: null })}>Asset</a>`}
    <a href=${formatRoute({ ...allLineage, select: around, focus: node.id })}>Only its path</a>`;
}
