import { html, type TemplateResult } from "lit";
import type { OutputOf } from "../../cells/api/routes.ts";
import { blank } from "./states.ts";
import { sayAgo, sayBytes, sayTime } from "./say.ts";

/** The data files of a workspace. */
export function fileList(files: OutputOf<"files">["files"], now: number): TemplateResult {
  if (files.length === 0)
    return blank(
      "No data files",
      "Drop CSV, JSON, Parquet or Arrow files anywhere on this page; cells then read them by name, as in FROM 'orders.csv'.",
    );
  return html`<div class="table-scroll">
    <table class="files">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">Size</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        ${files.map(
          ({ name, bytes, modifiedAt }) =>
            html`<tr>
              <th scope="row" class="path">${name}</th>
              <td class="number">${sayBytes(bytes)}</td>
              <td title=${sayTime(modifiedAt)}>${sayAgo(modifiedAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
