import { sha256Hex } from "../data/sha256.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { checkNodes } from "./check-nodes.ts";
import { cycleThrough, findCycles } from "./cycles.ts";
import type { Edge, GraphCell, NotebookGraph } from "./graph.ts";
import { lookThrough, type Looked } from "./look-through.ts";
import { topologicalOrder } from "./order.ts";
import { rootedPartitions } from "./partition-keys.ts";
import { assetsBefore } from "./run-after.ts";
import type { AssetInput, AssetNode, Workspace, WorkspaceProblem } from "./workspace.ts";

/** An asset before virtual ones are looked through. */
type Draft = Omit<AssetNode, "effectiveCodeVersion" | "sources" | "volatile" | "paramsOf"> & {
  readonly readsParams: boolean;
  readonly ownVolatile: readonly string[];
};

/**
 * Joins notebooks to one graph of assets. An asset that a notebook reads of another and that does not exist is a problem
 * of the reader and stays among its inputs; so is a circle through several notebooks. Order of `graphs` does not matter.
 */
export function buildWorkspace(graphs: readonly NotebookGraph[]): Workspace {
  const sorted = [...graphs].sort((a, b) => (a.path < b.path ? -1 : 1));
  const notebooks = new Map(sorted.map((graph) => [graph.path, graph]));
  const problems: WorkspaceProblem[] = [];
  const namesOf = new Map(sorted.map((graph) => [AssetKey.notebook(AssetKey.of(graph.path, "x")), outputsOf(graph)]));
  const drafts: Draft[] = [];
  const index = new Map<AssetKey, number>();
  for (const graph of sorted) {
    const complain = (problem: Diagnostic) => problems.push({ ...problem, notebook: graph.path });
    for (const draft of draftAssets(graph, namesOf, complain)) {
      if (index.has(draft.key)) continue;
      index.set(draft.key, drafts.length);
      drafts.push(draft);
    }
  }

  for (const draft of drafts)
    for (const key of assetsBefore(draft.notebook, draft.options.after))
      if (!index.has(key) && AssetKey.notebook(key) !== draft.notebook.replace(/\.html$/, ""))
        problems.push(nothingBefore(draft, key, namesOf));
  const next: number[][] = drafts.map(() => []);
  const readers = new Map<AssetKey, AssetKey[]>();
  drafts.forEach((draft, at) => {
    for (const key of draft.comesAfter) {
      const from = index.get(key);
      if (from !== undefined) next[from]?.push(at);
    }
    for (const input of draft.inputs) {
      if (input.type !== "asset") continue;
      const from = index.get(input.key);
      if (from !== undefined && !(from === at && draft.readsItself)) next[from]?.push(at);
      const list = readers.get(input.key);
      if (list) list.push(draft.key);
      else readers.set(input.key, [draft.key]);
    }
  });
  // a circle of what cells of one notebook read is told by its graph
  const circular = new Set(
    sorted.flatMap(({ path, problems: own }) =>
      own.flatMap(({ code, cell }) => (code === "graph_cycle" ? `${path} ${cell}` : [])),
    ),
  );
  const isTold = (draft: Draft | undefined) => draft !== undefined && circular.has(`${draft.notebook} ${draft.cell}`);
  const cycles = findCycles(next);
  for (const members of cycles) problems.push(...circles(drafts, members, next, isTold));
  const order = topologicalOrder(next, new Set(cycles.flat())).flatMap((at) => drafts[at]?.key ?? []);

  const looked = new Map<AssetKey, Looked>();
  const through = (input: AssetKey): Looked | null => {
    const at = drafts[index.get(input) ?? -1];
    // a member of a cycle that is not done yet stands for itself: nothing can look through a circle
    return at?.storage === "virtual" ? (looked.get(input) ?? null) : null;
  };
  const ordered = new Set(order);
  const inCycle = drafts.filter(({ key }) => !ordered.has(key)).map(({ key }) => key);
  for (const key of [...order, ...inCycle]) {
    const draft = drafts[index.get(key) ?? -1];
    if (!draft) continue;
    looked.set(key, lookThrough(draft, through));
  }
  const assets = new Map<AssetKey, AssetNode>();
  for (const draft of drafts) {
    const made = looked.get(draft.key);
    if (made) assets.set(draft.key, toNode(draft, made));
  }
  const checks = checkNodes(sorted, assets, (graph, cells, nameOf) => {
    const complain = (problem: Diagnostic) => problems.push({ ...problem, notebook: graph.path });
    return draftCells(graph, cells, namesOf, complain, nameOf).map((draft) =>
      toNode(draft, lookThrough(draft, through)),
    );
  });
  return { notebooks, assets, order, readers, checks, problems };
}

/** That `after` names an asset which another notebook does not have. */
function nothingBefore(
  { notebook, cell }: Draft,
  key: AssetKey,
  namesOf: ReadonlyMap<string, ReadonlySet<string>>,
): WorkspaceProblem {
  const names = namesOf.get(AssetKey.notebook(key));
  const why =
    names === undefined
      ? `there is no notebook ${AssetKey.notebook(key)}`
      : `notebook ${AssetKey.notebook(key)} defines no ${AssetKey.name(key)}`;
  return {
    ...{ code: "asset_not_found", severity: "error", notebook, cell, span: null, attribute: "after" },
    message: `asset ${key} does not exist, after which cell ${cell} comes: ${why}; correct the name`,
  };
}

function outputsOf(graph: NotebookGraph): ReadonlySet<string> {
  return new Set(graph.cells.flatMap(({ compiled }) => compiled.outputs.map(({ name }) => name)));
}

function toNode({ readsParams: _params, ownVolatile: _volatile, ...draft }: Draft, made: Looked): AssetNode {
  return { ...draft, ...made };
}

/** The assets of one notebook, in document order. Checks and tests are none; sensors are never stored, whatever they are named. */
function draftAssets(
  graph: NotebookGraph,
  namesOf: ReadonlyMap<string, ReadonlySet<string>>,
  complain: (problem: Diagnostic) => void,
): Draft[] {
  const cells = graph.cells.filter(({ options }) => options.check === null && options.test === null);
  return draftCells(graph, cells, namesOf, complain);
}

/** The drafts of some cells of a notebook, one for each of their outputs, or one each under the name that `nameOf` gives. */
function draftCells(
  graph: NotebookGraph,
  cells: readonly GraphCell[],
  namesOf: ReadonlyMap<string, ReadonlySet<string>>,
  complain: (problem: Diagnostic) => void,
  nameOf?: (cell: GraphCell) => string,
): Draft[] {
  const inputs = new Map<number, Edge[]>();
  for (const edge of graph.edges) {
    const list = inputs.get(edge.to);
    if (list) list.push(edge);
    else inputs.set(edge.to, [edge]);
  }
  const broken = new Map<number, string>();
  for (const { cell, severity, message } of graph.problems)
    if (cell !== null && severity === "error" && !broken.has(cell)) broken.set(cell, message);
  return cells.flatMap((cell) => {
    const { id } = cell.cell;
    const read = assetInputs(graph.path, inputs.get(id) ?? [], namesOf, complain);
    const names = nameOf === undefined ? cell.compiled.outputs.map(({ name }) => name) : [nameOf(cell)];
    return names.map((name) => toDraft(graph, cell, name, read, broken.get(id) ?? null));
  });
}

function toDraft(
  graph: NotebookGraph,
  { cell, compiled, options, codeVersion, storage }: GraphCell,
  name: string,
  inputs: readonly AssetInput[],
  problem: string | null,
): Draft {
  const key = AssetKey.of(graph.path, name);
  const rooted = options.partitions === null ? null : rootedPartitions(graph.path, options.partitions);
  const keysFrom = rooted?.keysFrom ?? [];
  return {
    key,
    notebook: graph.path,
    notebookId: graph.id,
    cell: cell.id,
    name,
    kind: cell.kind,
    storage: options.sensor !== null ? "virtual" : (storage[name] ?? "maybe"),
    codeVersion:
      compiled.outputs.length > 1
        ? sha256Hex(JSON.stringify(["cellar.code.output.1", codeVersion, name]))
        : codeVersion,
    inputs,
    readsItself: graph.readsItself.has(cell.id),
    readsParams: compiled.inputs.some((input) => input.name === "params"),
    ownVolatile: compiled.volatile,
    keysFrom,
    comesAfter: [...new Set([...keysFrom, ...assetsBefore(graph.path, options.after)])],
    options: rooted === null || keysFrom.length === 0 ? options : { ...options, partitions: rooted.text },
    tags: { ...graph.options.tags, ...options.tags },
    owners: options.owners.length > 0 ? options.owners : graph.options.owners,
    group: options.group ?? AssetKey.notebook(key),
    description: options.description,
    problem,
  };
}

/** What one cell reads, each thing once, under the first name that it has there. */
function assetInputs(
  path: string,
  edges: readonly Edge[],
  namesOf: ReadonlyMap<string, ReadonlySet<string>>,
  complain: (problem: Diagnostic) => void,
): readonly AssetInput[] {
  const inputs = new Map<string, AssetInput>();
  const add = (id: string, input: AssetInput) => inputs.has(id) || inputs.set(id, input);
  const addAsset = (key: AssetKey, name: string) => add(key, { type: "asset", key, name });
  for (const edge of edges) {
    switch (edge.type) {
      case "cell":
        addAsset(AssetKey.of(path, edge.name), edge.name);
        break;
      case "file":
        add(`file:${edge.file}`, { type: "file", file: edge.file });
        break;
      case "asset": {
        const notebook = AssetKey.notebook(edge.asset);
        const names = namesOf.get(notebook);
        if (AssetKey.name(edge.asset) === "*" && names) {
          for (const name of names) addAsset(AssetKey.of(notebook, name), `${edge.name}.${name}`);
          break;
        }
        addAsset(edge.asset, edge.name);
        if (names?.has(AssetKey.name(edge.asset))) break;
        const why = names
          ? `notebook ${notebook} defines no ${AssetKey.name(edge.asset)}`
          : `there is no notebook ${notebook}`;
        complain({
          code: "asset_not_found",
          severity: "error",
          message: `asset ${edge.asset} does not exist: ${why}; correct the reference`,
          cell: edge.to,
          span: edge.spans[0] ?? null,
          attribute: null,
        });
      }
    }
  }
  return [...inputs.values()];
}

/** One problem for each asset of a circle that leaves a notebook; inside one, its own graph has told it. */
function circles(
  drafts: readonly Draft[],
  members: readonly number[],
  next: readonly (readonly number[])[],
  isTold: (draft: Draft | undefined) => boolean,
): WorkspaceProblem[] {
  const [first] = members;
  if (first === undefined || members.every((at) => isTold(drafts[at]))) return [];
  const path = cycleThrough(first, new Set(members), next).map((at) => drafts[at]?.key ?? "");
  const shown = path.length > 12 ? [...path.slice(0, 11), "…", path.at(-1)] : path;
  const message = `assets depend on each other in a circle: ${shown.join(" → ")}; break it at one of them`;
  return members.flatMap((at) => {
    const draft = drafts[at];
    if (!draft) return [];
    const place = { cell: draft.cell, span: null, attribute: null };
    return { code: "graph_cycle", severity: "error", message, notebook: draft.notebook, ...place } as const;
  });
}
