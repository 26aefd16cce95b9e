import { AssetKey } from "../model/asset-key.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Whose asset a key is: the cell that defines it, in the notebook of this id (its path where it has none). An asset keeps its
 * history when its cell or its notebook gets another name, because this stays.
 */
export interface Identity {
  readonly asset: AssetKey;
  readonly notebook: string;
  readonly cell: number;
}

/** An asset that has another key now. */
export interface Rename {
  readonly from: AssetKey;
  readonly to: AssetKey;
}

/** The identities of all assets of a workspace, in its order. */
export function identitiesOf(workspace: Workspace): readonly Identity[] {
  return Array.from(workspace.assets.values(), ({ key, notebook, notebookId, cell }) => ({
    asset: key,
    notebook: notebookId ?? notebook,
    cell,
  }));
}

/**
 * Which assets were renamed since `known` was written down: a key is gone from the workspace, and the same cell of the same
 * notebook has a new one. With several outputs in a cell the same name goes first, as when the notebook was moved; what is left
 * must be one and one, since nobody could tell which of two became which. Where a copy of a notebook has its id, the first keeps its keys
 * and nothing is renamed.
 */
export function renamesBetween(known: readonly Identity[], present: readonly Identity[]): readonly Rename[] {
  const here = new Set(present.map(({ asset }) => asset));
  const before = new Set(known.map(({ asset }) => asset));
  const gone = Map.groupBy(
    known.filter(({ asset }) => !here.has(asset)),
    place,
  );
  const fresh = Map.groupBy(
    present.filter(({ asset }) => !before.has(asset)),
    place,
  );
  const renames: Rename[] = [];
  for (const [cell, lost] of gone) {
    const froms = new Set(lost.map(({ asset }) => asset));
    const tos = new Set((fresh.get(cell) ?? []).map(({ asset }) => asset));
    const pair = (from: AssetKey, to: AssetKey) => {
      renames.push({ from, to });
      froms.delete(from);
      tos.delete(to);
    };
    for (const from of [...froms]) {
      const same = [...tos].filter((to) => AssetKey.name(to) === AssetKey.name(from));
      if (same.length === 1 && same[0] !== undefined) pair(from, same[0]);
    }
    const [from, to] = [[...froms][0], [...tos][0]];
    if (froms.size === 1 && tos.size === 1 && from !== undefined && to !== undefined) pair(from, to);
  }
  return renames;
}

function place({ notebook, cell }: Identity): string {
  return `${notebook}\n${cell}`;
}
