import type { CompiledCell } from "../../../cells/compile/compiled-cell.ts";
import { casesOf, compareCase, compileCase, describeScript } from "../cell-case.ts";
import type { VectorSuite } from "../suite.ts";

export const suite: VectorSuite = {
  name: "observable-ojs-cells",
  run: async (document) =>
    casesOf(document).map((recorded) => {
      const compiled = compileCase(recorded);
      const { kind: _kind, ...given } = describeScript(compiled);
      return compareCase({ ...recorded, derive: readDerive(recorded["derive"]) }, compiled, {
        ...given,
        output: compiled.output ?? undefined,
        autoview: compiled.autoview,
        automutable: compiled.automutable,
        derive: injectionsOf(compiled),
      });
    }),
};

/** Injections are recorded as JavaScript, `[{name: "mydata", alias: "data"}]`. */
function readDerive(text: unknown): unknown {
  return typeof text === "string" ? JSON.parse(text.replace(/(\w+):/g, '"$1":')) : undefined;
}

function injectionsOf({ body }: CompiledCell): unknown {
  const found = /__import\.observable\(.*?\]\], (\[.*?\])\);/.exec(body ?? "");
  return found?.[1] === undefined ? undefined : JSON.parse(found[1]);
}
