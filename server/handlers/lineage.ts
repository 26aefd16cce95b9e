import { AppError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { type Lineage, lineageOf } from "../../cells/lineage/lineage.ts";
import { evaluateSelection } from "../../cells/select/evaluate.ts";
import type { NamedJobs } from "../../cells/select/named.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { stalenessOf } from "../../cells/staleness/staleness.ts";
import { type Staleness } from "../../cells/staleness/staleness.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { standingOf } from "../planning/standing.ts";
import { columnReports, traceOf } from "./columns.ts";
import { listed } from "./listed.ts";
import { timeOf } from "./time.ts";
import { readEntry } from "../workspace/catalog.ts";

/** The lineage of now, or of one past run. */
export function lineageHandlers(workspace: OpenWorkspace): Pick<Handlers, "lineage"> {
  return {
    async lineage({ select, run, at, branch, columns, column }) {
      const now = at === undefined ? workspace.clock.now() : timeOf(at);
      const { nodes, edges } =
        run === undefined
          ? await lineageNow(workspace, select ?? "", now, branch)
          : await lineageOfRun(workspace, select ?? "", run);
      const asksColumns = columns !== undefined && columns !== false && columns !== "false";
      if (run === undefined && (select ?? "").trim() !== "")
        await listed(
          workspace.planner,
          (await workspace.planner.effective(false, branch)).workspace,
          select ?? "",
          now,
          branch,
        );
      if (!asksColumns && column === undefined) return { nodes: [...nodes], edges: [...edges] };
      if (run !== undefined)
        throw new AppError("usage", "columns are told of now, not of a past run; leave out --run, or --columns");
      const { workspace: graph } = await workspace.planner.effective(false, branch);
      const known = await workspace.columns.columnsOf(graph, await workspace.planner.facts(graph, now, branch));
      return {
        nodes: [...nodes],
        edges: [...edges],
        ...(asksColumns
          ? {
              columns: columnReports(
                known,
                nodes.map(({ id }) => id),
              ),
            }
          : {}),
        ...(column === undefined ? {} : { trace: traceOf(graph, known, column) }),
      };
    },
  };
}

/** The workspace's lineage as the server runs it, or as it is in a branch. */
export async function lineageNow(
  { planner, clock }: Pick<OpenWorkspace, "planner" | "clock">,
  select: string,
  now = clock.now(),
  branch?: string,
): Promise<Lineage> {
  const { workspace } = await planner.effective(false, branch);
  const facts = await planner.facts(workspace, now, branch);
  const keys = select.trim() === "" ? null : await planner.select(workspace, select, now, branch);
  return lineageOf(workspace, { keys, facts, staleness: await standingOf(workspace, facts) });
}

/** The lineage as it was at the end of a run: its revisions, and what it made or reused. */
export async function lineageOfRun(
  { store, config }: Pick<OpenWorkspace, "store" | "config">,
  select: string,
  id: string,
): Promise<Lineage> {
  const run = await store.run(id);
  if (run === null)
    throw new AppError("not_found", `no run has the id ${id}; cellar runs shows those there are`, {
      data: { run: id },
    });
  const graphs: NotebookGraph[] = [];
  for (const [path, revision] of Object.entries(run.revisions)) {
    const entry = readEntry(path, (await store.revision(revision)) ?? "", revision);
    if (entry.type === "notebook") graphs.push(entry.graph);
  }
  const workspace = buildWorkspace(graphs);
  const made = new Map((await store.materializationsOfRun(id)).map((fact) => [fact.asset, fact]));
  const steps = new Map((await store.steps(id)).map((step) => [step.asset, step]));
  const now = run.endedAt ?? run.startedAt ?? run.createdAt;
  const facts = {
    latest: (asset: AssetKey) => made.get(asset) ?? null,
    byMemoKey: () => null,
    fileVersion: () => null,
    lastFailure: () => null,
    medianMs: () => null,
    now,
    engine: engineMajor,
  };
  // what a step ended as is a fact of the run; what was not in it is told as such
  const states = new Map<AssetKey, Staleness>();
  for (const [key, node] of workspace.assets) {
    const step = steps.get(key);
    const status =
      node.storage === "virtual"
        ? "virtual"
        : step === undefined
          ? "missing"
          : step.state === "failed" || step.state === "blocked"
            ? "failed"
            : "fresh";
    const reason =
      node.storage === "virtual"
        ? "not stored"
        : step === undefined
          ? "not part of this run"
          : `${step.state}${step.reason === "" ? "" : `: ${step.reason}`}`;
    states.set(key, { status, reason, causes: [], affectedBy: [], reusable: null, latest: made.get(key) ?? null });
  }
  return slice(workspace, select, facts, states, config().jobs);
}

function slice(
  workspace: Workspace,
  select: string,
  facts: Parameters<typeof stalenessOf>[1],
  staleness: ReadonlyMap<AssetKey, Staleness>,
  jobs: NamedJobs,
): Lineage {
  const context = { facts, staleness, jobs };
  const keys = select.trim() === "" ? null : evaluateSelection(parseSelection(select), workspace, context);
  return lineageOf(workspace, { keys, facts, staleness });
}
