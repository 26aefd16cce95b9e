import { dedollar, resolveImport } from "../../../cells/compile/imports.ts";
import { typeColumn } from "../../../cells/data/dsv-types.ts";
import { cacheHash, cacheName, loaderCachePath, loaderFormat } from "../../../cells/data/observable-cache.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

interface MiscDocument {
  readonly imports: readonly { readonly input: string; readonly resolved: string }[];
  readonly dedollar: readonly { readonly input: string; readonly output: string }[];
  readonly dsvTypeInference: readonly {
    readonly name: string;
    readonly input: readonly string[];
    readonly output: readonly unknown[];
  }[];
  readonly loaderFormats: readonly {
    readonly format: string | null;
    readonly extension: string;
    readonly clientMethod: string;
  }[];
  readonly loaderCachePaths: readonly {
    readonly interpreter: string;
    readonly format: string;
    readonly input: string;
    readonly path: string;
  }[];
  readonly hashes: {
    readonly cases: readonly { readonly input: string; readonly stringHash: string; readonly nameHash: string }[];
  };
}

/** Cases have no ids of their own: the section and what tells a case from its neighbours are one. */
export const suite: VectorSuite = {
  name: "observable-misc",
  run: async (document) => {
    const {
      imports,
      dedollar: names,
      dsvTypeInference,
      loaderFormats,
      loaderCachePaths,
      hashes,
    } = document as MiscDocument;
    return [
      ...imports.map(({ input, resolved }) => result(`imports ${input}`, resolved, resolveImport(input))),
      ...names.map(({ input, output }) => result(`dedollar ${input}`, output, dedollar(input))),
      ...dsvTypeInference.map(({ name, input, output }) =>
        result(`dsvTypeInference ${name}`, output, typeColumn(input, "auto").map(encode)),
      ),
      ...loaderFormats.map(({ format, extension, clientMethod }) => {
        const found = loaderFormat(format);
        const argument = found.typed ? "{typed: true}" : "";
        const method = found.method === null ? "" : `.${found.method}(${argument})`;
        return result(
          `loaderFormats ${format}`,
          { extension, clientMethod },
          { extension: found.extension, clientMethod: method },
        );
      }),
      ...loaderCachePaths.map(({ interpreter, format, input, path }) =>
        result(`loaderCachePaths ${interpreter} ${format}`, path, `dir/${loaderCachePath(interpreter, input, format)}`),
      ),
      ...hashes.cases.map(({ input, stringHash, nameHash }) =>
        result(
          `hashes ${input}`,
          { stringHash, nameHash },
          { stringHash: cacheHash(input), nameHash: cacheName(input) },
        ),
      ),
    ];
  },
};

function result(id: string, expected: unknown, got: unknown): VectorResult {
  return { id, passed: same(expected, got), expected, got };
}

function encode(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  return Number.isNaN(value) ? { $nan: true } : value;
}
