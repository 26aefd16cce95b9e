import { appendFile } from "node:fs/promises";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import type { LogEvent, Store, StoredEvent } from "../store/store.ts";
import { readEntry } from "../workspace/catalog.ts";
import type { Post } from "./endpoint.ts";
import type { OpenLineageConfig } from "./lineage-config.ts";
import { type LineageStep, type OpenLineageEvent, runEvent, stepEvent, type Teller } from "./openlineage-event.ts";
import type { Consumer } from "./outbox.ts";
import type { RunColumns } from "./run-columns.ts";

interface Parts {
  readonly store: Pick<Store, "run" | "revision" | "materializations" | "checkResults">;
  readonly version: string;
  readonly post: Post;
  /** absolute path of a file of the workspace */
  readonly fileOf: (name: string) => Promise<string>;
  readonly columns: Pick<RunColumns, "of">;
  readonly report: (error: unknown) => void;
}

/** Tells of runs and steps in the words of OpenLineage. What was found again computed nothing and is not told. */
export class OpenLineageConsumer implements Consumer {
  readonly #config: OpenLineageConfig;
  readonly #parts: Parts;
  readonly #teller: Teller;

  constructor(config: OpenLineageConfig, parts: Parts) {
    this.#config = config;
    this.#parts = parts;
    this.#teller = { namespace: config.namespace, version: parts.version };
  }

  async deliver({ at, event }: StoredEvent, memory: unknown): Promise<{ readonly memory: unknown } | null> {
    const told = await this.#eventOf(at, event);
    if (told === null) return null;
    const { target } = this.#config;
    if (target.type === "http") await this.#parts.post("openlineage", target.endpoint, told);
    else await appendFile(await this.#parts.fileOf(target.file), `${JSON.stringify(told)}\n`);
    return { memory };
  }

  async #eventOf(at: number, event: LogEvent): Promise<OpenLineageEvent | null> {
    if (event.type !== "run_changed" && event.type !== "step_changed") return null;
    const type = typeOf(event.state);
    const run = type === null ? null : await this.#parts.store.run(event.run);
    if (type === null || run === null) return null;
    if (event.type === "run_changed")
      return runEvent(type, at, { ...run, error: type === "FAIL" ? (event.error ?? run.error) : null }, this.#teller);
    // one that never began is not told to have ended
    if (type === "ABORT" && event.attempt === 0) return null;
    return stepEvent(type, at, run, await this.#stepOf(run, event), this.#teller);
  }

  async #stepOf(run: Run, event: Extract<LogEvent, { type: "step_changed" }>): Promise<LineageStep> {
    const { asset, partition, attempt, error, state } = event;
    const { store } = this.#parts;
    const facts = state === "succeeded" ? await store.materializations({ asset, partition, limit: 50 }) : [];
    const fact = facts.find((candidate) => candidate.run === run.id) ?? null;
    const results = state === "succeeded" ? await store.checkResults({ by: "run", run: run.id }) : [];
    const assertions = results
      .filter((result) => result.asset === asset && result.partition === partition)
      .map(({ check, status }) => ({ assertion: check, success: status === "passed" }));
    const source = await this.#sourceOf(run, asset);
    const columns = fact !== null && source?.language === "sql" ? await this.#columnsOf(run, asset) : null;
    return { asset, partition, attempt, error, fact, source, assertions, columns };
  }

  /** What cannot be found out is left out: the rest of the event is told all the same. */
  async #columnsOf(run: Run, asset: AssetKey): Promise<LineageStep["columns"]> {
    try {
      return await this.#parts.columns.of(run, asset);
    } catch (error) {
      this.#parts.report(error);
      return null;
    }
  }

  async #sourceOf(run: Run, asset: AssetKey): Promise<LineageStep["source"]> {
    for (const [path, revision] of Object.entries(run.revisions)) {
      if (!asset.startsWith(`${path.replace(/\.html$/, "")}/`)) continue;
      const text = await this.#parts.store.revision(revision);
      const entry = text === null ? null : readEntry(path, text, revision);
      if (entry?.type !== "notebook") continue;
      const name = asset.slice(path.length - ".html".length + 1);
      const cell = entry.graph.cells.find(({ compiled }) =>
        compiled.outputs.some((output) => output.name === name),
      )?.cell;
      if (cell !== undefined) return { language: cell.kind, text: cell.source };
    }
    return null;
  }
}

function typeOf(state: string): OpenLineageEvent["eventType"] | null {
  switch (state) {
    case "running":
      return "START";
    case "succeeded":
      return "COMPLETE";
    case "failed":
      return "FAIL";
    case "cancelled":
      return "ABORT";
    default:
      return null;
  }
}
