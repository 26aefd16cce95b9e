import { html, nothing, type TemplateResult } from "lit";
import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";
import { formatRoute } from "../shell/router.ts";
import { sayAgo, sayCount } from "../shell/say.ts";
import { status } from "../shell/status.ts";
import { kindLabel, stateOf } from "./scene.ts";

const mostRows = 1000;

/** A lineage as a table: the same facts as the picture, for narrow screens and for ears. */
export function lineageList({ nodes, edges }: Lineage, links: boolean, now: number): TemplateResult {
  const names = new Map(nodes.map(({ id, key }) => [id, key]));
  const inputs = new Map<string, string[]>();
  for (const { from, to } of edges) inputs.set(to, [...(inputs.get(to) ?? []), names.get(from) ?? from]);
  return html`<div class="lineage-list">
    <table>
      <thead>
        <tr>
          <th scope="col">Asset or file</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">Made</th>
          <th scope="col">Reads</th>
        </tr>
      </thead>
      <tbody>
        ${nodes.slice(0, mostRows).map((node) => row(node, inputs.get(node.id) ?? [], links, now))}
      </tbody>
    </table>
    ${nodes.length > mostRows ? html`<p class="soft">${sayCount(nodes.length - mostRows)} more are not listed; choose fewer with a selection.</p>` : nothing}
  </div>`;
}

function row(node: LineageNode, inputs: readonly string[], links: boolean, now: number): TemplateResult {
  return html`<tr>
    <th scope="row">
      <span class="kind">${kindLabel(node)}</span>
      ${links && node.type === "asset" ? html`<a href=${formatRoute({ type: "asset", key: node.key, partition: null })}>${node.key}</a>` : node.key}
    </th>
    <td>${node.type === "file" ? "" : status(stateOf(node), node.reason ?? "")}</td>
    <td class="number">${node.rows === null ? "" : sayCount(node.rows)}</td>
    <td>${node.lastRunAt === null ? "" : sayAgo(node.lastRunAt, now)}</td>
    <td class="soft">${inputs.join(", ")}</td>
  </tr>`;
}
