import { html, type TemplateResult } from "lit";
import { status } from "../shell/status.ts";

/** What the signs of a lineage mean. */
export function legend(): TemplateResult {
  return html`<ul class="legend" aria-label="Legend">
    <li>${status("fresh", "what would come out now")}</li>
    <li>${status("stale", "its code or what it reads changed")}</li>
    <li>${status("running", "a run is making it now")}</li>
    <li>${status("failed", "its last run failed")}</li>
    <li>${status("missing", "never materialized")}</li>
    <li><span class="legend-box virtual"></span> not stored</li>
    <li><span class="legend-box file"></span> file</li>
  </ul>`;
}
