import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { SlicedInput } from "../engine/messages.ts";
import type { StepContext } from "./step-context.ts";
import { surroundingsOf, type StepSurroundings } from "./step-request.ts";

/** What many partitions of an asset read: the same for all of them, and of some inputs each its own partitions. */
interface RangeInputs extends StepSurroundings {
  readonly sliced: readonly SlicedInput[];
}

/**
 * Finds what partitions of an asset read. Null where one statement could not read it as one after the other do: other inputs, partitions
 * in other columns, or in another notebook. Throws as `surroundingsOf`.
 */
export async function rangeInputs(
  { workspace, facts, lake, files }: Pick<StepContext, "workspace" | "facts" | "lake" | "files">,
  node: AssetNode,
  partitions: readonly string[],
): Promise<RangeInputs | null> {
  const [first = "", ...others] = partitions;
  const surroundings = await surroundingsOf(workspace, node, first, facts, lake, files);
  const isSliced = node.sources.some(
    (source) => source.type === "asset" && workspace.assets.get(source.key)?.options.partitions !== null,
  );
  if (!isSliced) return { ...surroundings, sliced: [] };
  const inputsOf = new Map(surroundings.inputs.map((input) => [input, [input.input.paths]]));
  for (const partition of others) {
    const { inputs } = await surroundingsOf(workspace, node, partition, facts, lake, files);
    if (inputs.length !== surroundings.inputs.length) return null;
    for (const [i, [input, paths]] of [...inputsOf].entries()) {
      const other = inputs[i];
      if (other?.key !== input.key || other.name !== input.name || other.input.format !== input.input.format)
        return null;
      paths.push(other.input.paths);
    }
  }
  const constant: StepSurroundings["inputs"][number][] = [];
  const sliced: SlicedInput[] = [];
  for (const [input, paths] of inputsOf) {
    const same = input.input.paths.join("\n");
    if (paths.every((own) => own.join("\n") === same)) {
      constant.push(input);
      continue;
    }
    if (input.input.format !== "parquet" || input.schema !== null || paths.some((own) => own.length === 0)) return null;
    const schemas = new Set(
      partitions.flatMap((partition) =>
        facts.readBy(node, input.key, partition).map((key) => JSON.stringify(facts.latest(input.key, key)?.schema)),
      ),
    );
    if (schemas.size > 1) return null;
    const all = [...new Set(paths.flat())];
    const placeOf = new Map(all.map((path, i) => [path, i]));
    const reads = paths.map((own) => own.map((path) => placeOf.get(path) ?? 0));
    sliced.push({ key: input.key, name: input.name, paths: all, reads });
  }
  return { files: surroundings.files, inputs: constant, sliced };
}
