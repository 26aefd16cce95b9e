import { AppError } from "../errors.ts";
import type { Workspace, WorkspaceProblem } from "../graph/workspace.ts";
import { quote } from "../model/quote.ts";
import { bindMapping } from "../partition/mapping.ts";
import { said, saidOf } from "../staleness/mapped.ts";
import { problemOfPartitions, type SpaceOf } from "./spaces.ts";

/** Inputs whose partitions do not fit those of their reader by the mapping that is said or meant, each an error of the reader. */
export function mappingProblems(workspace: Workspace, spaceOf: SpaceOf): WorkspaceProblem[] {
  const problems: WorkspaceProblem[] = [];
  const checks = [...workspace.checks.values()].flat().flatMap(({ node, rule }) => (rule === null ? [node] : []));
  for (const reader of [...workspace.assets.values(), ...checks]) {
    // what is wrong with a definition itself is told of its attribute
    if (problemOfPartitions(reader, spaceOf) !== null) continue;
    for (const source of reader.sources) {
      const input = source.type === "asset" ? workspace.assets.get(source.key) : undefined;
      if (!input || (input.options.partitions === null && reader.options.partitions === null)) continue;
      if (problemOfPartitions(input, spaceOf) !== null) continue;
      const written = saidOf(reader, source);
      try {
        bindMapping(said(reader, source), spaceOf(input), spaceOf(reader));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== "attribute_invalid") throw error;
        const what =
          written === null
            ? `the partitions of ${input.key} do not fit (cell ${reader.cell})`
            : `invalid upstream: ${quote(`${written.name}: ${written.text}`)} (cell ${reader.cell})`;
        problems.push({
          ...{ code: "attribute_invalid", severity: "error", message: `${what}: ${error.message}` },
          ...{ notebook: reader.notebook, cell: reader.cell, span: null },
          attribute: written === null ? "partitions" : "upstream",
        });
      }
    }
  }
  return problems;
}
