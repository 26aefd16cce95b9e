import { argumentName, type CompiledCell } from "../../../cells/compile/compiled-cell.ts";
import { casesOf, compareCase, compileCase, namesOf } from "../cell-case.ts";
import type { VectorSuite } from "../suite.ts";

/**
 * The recorded `expression` is the text that Observable generates; ours is another. What counts is the call that the tag
 * gets, so both are run and compared.
 */
export const suite: VectorSuite = {
  name: "observable-template-cells",
  run: async (document) =>
    casesOf(document).map((recorded) => {
      const compiled = compileCase(recorded);
      const { expression, ...expected } = recorded;
      const replayed = compiled.body !== null && expression ? callOf(compiled, `() => ${String(expression)}`) : null;
      return compareCase(
        { ...expected, id: recorded.id, mode: recorded.mode, input: recorded.input, replayed },
        compiled,
        {
          references: namesOf(compiled.inputs),
          autodisplay: compiled.autodisplay,
          async: compiled.async,
          tagCall: callOf(compiled, compiled.body),
          replayed: callOf(compiled, compiled.body),
        },
      );
    }),
};

interface TagCall {
  readonly cooked: readonly (string | undefined)[];
  readonly raw: readonly string[];
  readonly params: readonly string[];
}

/** Runs a body with tags that keep what they are given; every other input NAME is the string `<NAME>`. */
function callOf({ inputs }: CompiledCell, body: string | null): TagCall | null {
  if (body === null) return null;
  let call: TagCall | null = null;
  const tag = (strings: TemplateStringsArray, ...params: readonly unknown[]): void => {
    call = { cooked: [...strings], raw: [...strings.raw], params: params.map(String) };
  };
  const given: Readonly<Record<string, unknown>> = {
    md: tag,
    htl: { html: tag },
    tex: { block: tag },
    dot: tag,
    display: (value: unknown) => value,
  };
  const names = namesOf(inputs);
  const values = names.map((name) => given[name] ?? `<${name}>`);
  const compute: unknown = new Function(...names.map(argumentName), `return (${body})`)(...values);
  if (typeof compute === "function") compute(...values);
  return call;
}
