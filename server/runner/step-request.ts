import { resolveFile } from "../../cells/graph/reference.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { MaterializeRequest } from "../engine/messages.ts";
import type { Lake } from "../lake/lake.ts";
import { openChecked } from "../lake/open-checked.ts";
import type { ReadFacts } from "./run-facts.ts";
import { isModule, type WorkspaceFiles } from "../workspace/workspace-files.ts";

/** What an engine is given of an asset's surroundings: the files of its stored inputs, and the workspace files that it reads. */
export interface StepSurroundings {
  readonly inputs: MaterializeRequest["inputs"];
  readonly files: MaterializeRequest["files"];
}

/**
 * Finds the files behind everything that an asset reads, with virtual assets of its notebook looked through: for one of its
 * partitions, as `facts` has them. Throws `asset_missing`, `lake_damaged`, `file_not_found`.
 */
export async function surroundingsOf(
  workspace: Workspace,
  node: AssetNode,
  partition: string,
  facts: ReadFacts,
  lake: Lake,
  workspaceFiles: WorkspaceFiles,
): Promise<StepSurroundings> {
  const inputs = new Map<string, MaterializeRequest["inputs"][number]>();
  const files: Record<string, string> = {};
  const seen = new Set<AssetKey>();
  const visit = async (asset: AssetNode): Promise<void> => {
    if (seen.has(asset.key)) return;
    seen.add(asset.key);
    await collectFiles(workspace, asset, files, workspaceFiles);
    for (const input of asset.inputs) {
      if (input.type === "file") continue;
      const source = workspace.assets.get(input.key);
      if (source === undefined) throw missing(input.key, `no notebook defines it`);
      const read = source.storage === "virtual" ? [] : facts.readBy(node, input.key, partition);
      const found = read.flatMap((slice) => facts.latest(input.key, slice) ?? []);
      const [first] = found;
      if (source.storage !== "virtual" && read.length === 0) {
        const empty = facts.newest(input.key)?.schema ?? null;
        if (empty === null && input.key !== node.key)
          throw missing(
            input.key,
            "none of its partitions is read here, and its columns are not known before one is made; run one first",
          );
        inputs.set(`${input.key} ${input.name}`, {
          key: input.key,
          ...inputName(input.name),
          input: { format: "parquet", paths: [], empty },
        });
      } else if (first !== undefined && first.format !== "virtual")
        inputs.set(`${input.key} ${input.name}`, {
          key: input.key,
          ...inputName(input.name),
          input: {
            format: formatOf(input.key, found),
            paths: await Promise.all(found.map((fact) => openChecked(lake, fact))),
          },
        });
      else if (source.notebook === node.notebook) await visit(source);
      else
        throw missing(
          input.key,
          source.storage === "virtual" || first !== undefined
            ? "it is not stored, so another notebook cannot read it; store it as a table or JSON"
            : "it was never materialized; run it first",
        );
    }
  };
  await visit(node);
  return { inputs: [...inputs.values()], files };
}

/** The one format of all partitions that are read together. */
function formatOf(key: AssetKey, facts: readonly Materialization[]): "parquet" | "json" {
  const formats = new Set(facts.map(({ format }) => format));
  if (facts.length === 1) return formats.has("json") ? "json" : "parquet";
  if (formats.size === 1 && formats.has("parquet")) return "parquet";
  throw missing(
    key,
    "several of its partitions are read together, which are no tables; return rows, or read one partition",
  );
}

async function collectFiles(
  workspace: Workspace,
  node: AssetNode,
  files: Record<string, string>,
  from: WorkspaceFiles,
): Promise<void> {
  const cell = workspace.notebooks.get(node.notebook)?.cells.find(({ cell: { id } }) => id === node.cell);
  for (const { name } of cell?.compiled.files ?? []) {
    const file = resolveFile(node.notebook, name);
    // a URL is the cell's own matter: it has no path here
    if (file === null || /^https?:/i.test(file)) continue;
    const { path } = await from.locate(file);
    files[name] = path;
    files[name.replace(/^\.\//, "")] = path;
    if (!isImportable(file)) continue;
    // an import asks from the root; what is missing is told where the import is
    for (const behind of await from.closure(file)) {
      const found = await from.find(behind);
      if (found !== null) files[`/${behind}`] = found.path;
    }
  }
}

/** Whether an `import` may name the file. */
function isImportable(file: string): boolean {
  return isModule(file) || /\.json$/i.test(file);
}

/** Schema and name of a table, as a cell names it: `orders`, `sales.orders`, `sales/orders`. */
export function inputName(name: string): { readonly schema: string | null; readonly name: string } {
  const dot = name.indexOf(".");
  if (name.includes("/")) return { schema: AssetKey.notebook(name as AssetKey), name: AssetKey.name(name as AssetKey) };
  return dot < 0 ? { schema: null, name } : { schema: name.slice(0, dot), name: name.slice(dot + 1) };
}

function missing(key: AssetKey, why: string): AppError {
  return new AppError("asset_missing", `asset ${key} cannot be read: ${why}`, { data: { asset: key } });
}
