import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { WorkspaceColumns } from "../../cells/lineage/column-graph.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import type { ColumnReader } from "../planning/column-reader.ts";
import type { Planner } from "../planning/planner.ts";
import type { Store } from "../store/store.ts";
import { readEntry } from "../workspace/catalog.ts";
import { type ColumnSources, columnSources } from "./openlineage-columns.ts";

interface Parts {
  readonly store: Pick<Store, "revision">;
  readonly planner: Pick<Planner, "facts">;
  readonly columns: Pick<ColumnReader, "columnsOf">;
}

/** Where the columns of what a run made come from, by the code that it ran. Remembers the last run: its steps are asked of one by one. */
export class RunColumns {
  readonly #parts: Parts;
  #last: { readonly run: string; readonly workspace: Workspace; readonly known: WorkspaceColumns } | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Null where they are not known, as of JavaScript. */
  async of(run: Run, asset: AssetKey): Promise<ColumnSources | null> {
    const last = this.#last;
    // what JavaScript makes has columns only once it was made
    if (last?.run !== run.id || last.known.get(asset)?.type !== "known") {
      const workspace = last?.run === run.id ? last.workspace : await this.#workspaceOf(run);
      const facts = await this.#parts.planner.facts(workspace, undefined, run.environment);
      this.#last = { run: run.id, workspace, known: await this.#parts.columns.columnsOf(workspace, facts) };
    }
    return this.#last === null ? null : columnSources(this.#last.workspace, this.#last.known, asset);
  }

  async #workspaceOf({ revisions }: Run): Promise<Workspace> {
    const entries = await Promise.all(
      Object.entries(revisions).map(async ([path, revision]) => {
        const text = await this.#parts.store.revision(revision);
        return text === null ? null : readEntry(path, text, revision);
      }),
    );
    return buildWorkspace(entries.flatMap((entry) => (entry?.type === "notebook" ? [entry.graph] : [])));
  }
}
