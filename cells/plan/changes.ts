import { sourceKey, type AssetNode, type Workspace } from "../graph/workspace.ts";
import type { WorkspaceColumns } from "../lineage/column-graph.ts";
import type { CellColumns, ColumnOrigin } from "../lineage/column-lineage.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { sayAsset } from "../staleness/reason.ts";

/** How an asset differs: new, gone, by its own code, by something that it is made of, or not at all. */
export type ChangeKind = "added" | "removed" | "direct" | "indirect" | "unchanged";

/** How an asset of one state of the notebooks differs from the same in another. */
export interface AssetChange {
  readonly key: AssetKey;
  readonly change: ChangeKind;
  /** whether it has to be computed: its own code differs, or what it reads comes out otherwise */
  readonly isAffected: boolean;
  /** its columns, where they are known in both states */
  readonly columns: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  } | null;
  /** a sentence that a person understands */
  readonly reason: string;
}

/** A state of the notebooks, and where the columns of its assets come from. */
export interface NotebookState {
  readonly workspace: Workspace;
  readonly columns: WorkspaceColumns;
}

/** What of an asset's data may differ: rows, which are all of it, or some columns. */
interface Differing {
  readonly rows: boolean;
  readonly columns: ReadonlySet<string>;
}

const none: Differing = { rows: false, columns: new Set() };
const all: Differing = { rows: true, columns: new Set() };
const namedColumns = 4;

/**
 * Compares two states of the notebooks asset by asset, in dependency order, those that are gone last. An asset below a changed one is
 * affected only where it reads a column that differs, or where rows do; what cannot be told counts as read.
 */
export function changesBetween(before: NotebookState, after: NotebookState): readonly AssetChange[] {
  const differing = new Map<string, Differing>();
  const kinds = new Map<AssetKey, ChangeKind>();
  const changes: AssetChange[] = [];
  const ordered = new Set([...after.workspace.order, ...after.workspace.assets.keys()]);
  for (const key of ordered) {
    const node = after.workspace.assets.get(key);
    if (node === undefined) continue;
    const old = before.workspace.assets.get(key);
    const change = compare(before, after, node, old ?? null, kinds, differing);
    kinds.set(key, change.change);
    differing.set(key, change.differing);
    changes.push({
      ...{ key, change: change.change, isAffected: change.isAffected },
      ...{ columns: change.columns, reason: change.reason },
    });
  }
  for (const key of before.workspace.assets.keys())
    if (!ordered.has(key))
      changes.push({ key, change: "removed", isAffected: false, columns: null, reason: "no longer there" });
  return changes;
}

function compare(
  before: NotebookState,
  after: NotebookState,
  node: AssetNode,
  old: AssetNode | null,
  kinds: ReadonlyMap<AssetKey, ChangeKind>,
  differing: ReadonlyMap<string, Differing>,
): Omit<AssetChange, "key"> & { readonly differing: Differing } {
  if (old === null) return { change: "added", isAffected: true, columns: null, reason: "new", differing: all };
  const now = after.columns.get(node.key);
  const was = before.columns.get(node.key);
  const above = fromAbove(node, now, differing);
  const columns = columnsBetween(was, now, above.differing);
  const direct = directReason(before, after, node, old);
  if (direct !== null) {
    const own = ownDiffering(was, now);
    return {
      change: "direct",
      isAffected: true,
      columns,
      reason: `${direct}; ${sayColumns(columns, own)}`,
      differing: {
        rows: own.rows || above.differing.rows,
        columns: new Set([...own.columns, ...above.differing.columns]),
      },
    };
  }
  const isBelow = node.inputs.some((input) => {
    const kind = input.type === "asset" ? (kinds.get(input.key) ?? goneKind(before, input.key)) : "unchanged";
    return kind !== "unchanged";
  });
  if (!isBelow) return { change: "unchanged", isAffected: false, columns, reason: "unchanged", differing: none };
  return {
    change: "indirect",
    isAffected: above.reason !== null,
    columns,
    reason: above.reason ?? "what it reads changes, but none of the columns that it uses",
    differing: above.differing,
  };
}

function goneKind(before: NotebookState, key: AssetKey): ChangeKind {
  return before.workspace.assets.has(key) ? "removed" : "unchanged";
}

/** Why an asset's own cell gives another result, or null. */
function directReason(before: NotebookState, after: NotebookState, node: AssetNode, old: AssetNode): string | null {
  if (node.codeVersion !== old.codeVersion) return "its code changed";
  if (wiring(node) !== wiring(old)) return "what it reads comes from elsewhere";
  const paramsOf = (state: NotebookState) =>
    JSON.stringify(node.paramsOf.map((path) => state.workspace.notebooks.get(path)?.options.params ?? null));
  if (paramsOf(before) !== paramsOf(after)) return "the default of a param changed";
  return node.problem !== old.problem && node.problem !== null ? `it cannot run any more: ${node.problem}` : null;
}

function wiring(node: AssetNode): string {
  return JSON.stringify(
    node.inputs.map((input) => [input.type === "asset" ? input.name : "", sourceKey(input)].join(" ")).sort(),
  );
}

/** What the asset's own code makes otherwise, if all that it reads stays. */
function ownDiffering(was: CellColumns | undefined, now: CellColumns | undefined): Differing {
  if (was?.type !== "known" || now?.type !== "known" || was.rows.definition !== now.rows.definition) return all;
  const old = new Map(was.columns.map(({ name, definition }) => [name, definition]));
  const present = new Set(now.columns.map(({ name }) => name));
  return {
    rows: false,
    columns: new Set([
      ...now.columns.flatMap(({ name, definition }) => (old.get(name) === definition ? [] : name)),
      ...was.columns.flatMap(({ name }) => (present.has(name) ? [] : name)),
    ]),
  };
}

/** What becomes otherwise because of what is read, and why; null where nothing does. */
function fromAbove(
  node: AssetNode,
  now: CellColumns | undefined,
  differing: ReadonlyMap<string, Differing>,
): { readonly differing: Differing; readonly reason: string | null } {
  const changed = node.inputs.flatMap((input) => {
    const of = differing.get(sourceKey(input));
    return of !== undefined && (of.rows || of.columns.size > 0) ? [{ id: sourceKey(input), of }] : [];
  });
  const [first] = changed;
  if (first === undefined) return { differing: none, reason: null };
  const said = (id: string) => sayAsset(id as AssetKey, node.key.slice(0, node.key.lastIndexOf("/")));
  const byRows = changed.find(({ of }) => of.rows);
  if (byRows !== undefined) return { differing: all, reason: `reads ${said(byRows.id)}, which comes out otherwise` };
  if (now?.type !== "known")
    return { differing: all, reason: `reads ${said(first.id)}, and which columns of it cannot be told` };
  const touched = (origin: ColumnOrigin): boolean => {
    const of = differing.get(origin.source);
    return of !== undefined && of.columns.size > 0 && (origin.column === null || of.columns.has(origin.column));
  };
  const sayOrigin = ({ source, column }: ColumnOrigin) => `${said(source)}${column === null ? "" : `.${column}`}`;
  const deciding = now.rows.from.find(touched);
  if (deciding !== undefined)
    return { differing: all, reason: `reads ${sayOrigin(deciding)}, which changes, to choose its rows` };
  const read = now.columns.flatMap(({ name, from }) => {
    const origin = from.find(touched);
    return origin === undefined ? [] : [{ name, origin }];
  });
  const [one] = read;
  if (one === undefined) return { differing: none, reason: null };
  return {
    differing: { rows: false, columns: new Set(read.map(({ name }) => name)) },
    reason: `reads ${sayOrigin(one.origin)}, which changes`,
  };
}

function columnsBetween(
  was: CellColumns | undefined,
  now: CellColumns | undefined,
  above: Differing,
): AssetChange["columns"] {
  if (was?.columns == null || now?.columns == null) return null;
  const before = new Set(was.columns.map(({ name }) => name));
  const present = now.columns.map(({ name }) => name);
  const own = ownDiffering(was, now);
  const isChanged = (name: string) => own.rows || above.rows || own.columns.has(name) || above.columns.has(name);
  return {
    added: present.filter((name) => !before.has(name)),
    removed: [...before].filter((name) => !present.includes(name)),
    changed: present.filter((name) => before.has(name) && isChanged(name)),
  };
}

function sayColumns(columns: AssetChange["columns"], own: Differing): string {
  if (columns === null) return "which columns differ cannot be told";
  if (!own.rows && own.columns.size === 0) return "the same comes out";
  const list = (names: readonly string[]) =>
    `${names.slice(0, namedColumns).join(", ")}${names.length > namedColumns ? ` and ${names.length - namedColumns} more` : ""}`;
  const parts = [
    columns.added.length > 0 ? `new ${list(columns.added)}` : "",
    columns.removed.length > 0 ? `without ${list(columns.removed)}` : "",
    own.rows ? "its rows may differ" : columns.changed.length > 0 ? `${list(columns.changed)} otherwise` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
