import { AppError } from "../errors.ts";
import { resolveFile } from "../graph/reference.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";

/** What the tested asset, and the virtual ones that it looks through, read in a test. */
export interface TestSurroundings {
  /** assets in whose place a table of the test stands */
  readonly inputs: readonly {
    readonly key: AssetKey;
    /** as the cell writes it: `orders`, `sales.orders` */
    readonly name: string;
    /** name of the table that the test gives */
    readonly given: string;
  }[];
  /** files by the name that the cell has for them; `given` is null where the file itself is read */
  readonly files: readonly { readonly name: string; readonly file: string; readonly given: string | null }[];
}

/**
 * Puts what a test gives in place of what its asset reads. A virtual asset of the same notebook that is not given is computed from
 * what it reads in turn. Throws `asset_missing` where something is neither.
 */
export function surroundingsOf(workspace: Workspace, node: AssetNode, given: Iterable<string>): TestSurroundings {
  const exact = new Set(given);
  const folded = new Map([...exact].map((name) => [name.toLowerCase(), name]));
  /** The table that stands in place of one of these names. SQL does not tell upper from lower case. */
  const insteadOf = (...names: readonly string[]): string | null =>
    names.find((name) => exact.has(name)) ?? names.flatMap((name) => folded.get(name.toLowerCase()) ?? [])[0] ?? null;
  const inputs: TestSurroundings["inputs"][number][] = [];
  const files = new Map<string, TestSurroundings["files"][number]>();
  const lacking: string[] = [];
  const seen = new Set<AssetKey>();
  const visit = (asset: AssetNode): void => {
    if (seen.has(asset.key)) return;
    seen.add(asset.key);
    const cell = workspace.notebooks.get(asset.notebook)?.cells.find((own) => own.cell.id === asset.cell);
    for (const { name } of cell?.compiled.files ?? []) {
      const file = resolveFile(asset.notebook, name);
      if (file === null || /^https?:/i.test(file)) continue;
      files.set(name, { name, file, given: insteadOf(name) });
    }
    for (const input of asset.inputs) {
      if (input.type === "file") continue;
      const instead = insteadOf(input.name, AssetKey.name(input.key));
      const source = workspace.assets.get(input.key);
      if (instead !== null) inputs.push({ key: input.key, name: input.name, given: instead });
      else if (source?.storage === "virtual" && source.notebook === node.notebook) visit(source);
      else lacking.push(input.name);
    }
  };
  visit(node);
  const [first] = lacking;
  if (first !== undefined)
    throw new AppError(
      "asset_missing",
      `${node.name} reads ${lacking.join(", ")}, and the test gives nothing for it; add WITH ${/^\w+$/.test(first) ? first : `"${first}"`} AS (…), or given: {${JSON.stringify(first)}: […]}`,
    );
  return { inputs, files: [...files.values()] };
}

/** The asset that a test of the notebook at `path` is of. Throws `asset_not_found`, or `cell_syntax` where it cannot run. */
export function testedAsset(workspace: Workspace, path: string, name: string): AssetNode {
  const node = workspace.assets.get(AssetKey.of(path, name));
  if (node === undefined) throw new AppError("asset_not_found", `${path} defines no asset ${name}`);
  if (node.problem !== null) throw new AppError("cell_syntax", `${name} cannot run: ${node.problem}`);
  return node;
}
