import { casesOf, compareCase, compileCase, describeScript } from "../cell-case.ts";
import type { VectorSuite } from "../suite.ts";

export const suite: VectorSuite = {
  name: "observable-ts-cells",
  run: async (document) =>
    casesOf(document).map((recorded) => {
      const compiled = compileCase(recorded);
      return compareCase(recorded, compiled, describeScript(compiled));
    }),
};
