import { input, isInputLike } from "../builtins/generators.ts";
import { Mutable } from "../builtins/mutable.ts";
import { fetchRows, isAssetValue, valueOfAsset, valueOfResult } from "./assets.ts";
import type { KernelContext } from "./context.ts";
import type { Variable } from "./define.ts";
import { Part, type PartOwner } from "./part.ts";
import { isRelation } from "./relations.ts";
import type { Run } from "./run.ts";
import { assetName, tableName, type Shape } from "./shape.ts";

/** A variable of a cell besides its main one. */
export interface Extra {
  readonly name: string;
  readonly variable: Variable;
  readonly part: Part;
  /** computed whether or not another cell reads it */
  readonly observed: boolean;
}

/** Runtime name of the main variable of a cell, null for none. */
export function mainName(id: number, shape: Shape): string | null {
  switch (shape.type) {
    case "bundle":
      return `cell ${id}`;
    case "mutable":
      return `mutable ${shape.name}`;
    case "sql":
      return shape.name === null ? null : tableName(shape.name);
    case "single":
    case "value":
      return shape.name;
    case "inert":
    case "broken":
    case "published":
    case "hydrated":
      return null;
  }
}

/** The cell that variables belong to. */
export interface ExtraOwner extends PartOwner {
  /** the results that stand for its names do not give their values back: it must run */
  refuseResults(): void;
}

/** Defines the variables that expose a cell's value under its names, all but the main one. */
export function defineExtras(context: KernelContext, owner: ExtraOwner, id: number, shape: Shape): readonly Extra[] {
  const { host, reactor } = context;
  const extra = (name: string, inputs: readonly string[], observed: boolean, start: (run: Run) => unknown): Extra => {
    const part = new Part(owner, !observed);
    const variable = reactor.variable(observed ? part : null);
    variable.define(name, inputs, (...values) => part.compute(values, start));
    return { name, variable, part, observed };
  };
  const main = mainName(id, shape);
  switch (shape.type) {
    case "inert":
    case "single":
      return [];
    case "broken":
      return shape.names.map((name) =>
        extra(name, [], true, () => {
          throw new SyntaxError(shape.message);
        }),
      );
    case "published":
      return shape.assets.map(({ name, key }) =>
        extra(name, [assetName(key)], false, ({ inputs: [asset], signal }) =>
          isAssetValue(asset) ? valueOfAsset(host, asset, signal) : asset,
        ),
      );
    case "hydrated":
      return shape.outputs.flatMap(({ name, key, version, format }) => {
        const inputs = [assetName(key, version)];
        const value = extra(name, inputs, false, ({ inputs: [asset], signal }) =>
          resultOrRun(owner, isAssetValue(asset) ? valueOfResult(host, asset, signal) : undefined, signal),
        );
        if (format === "json") return [value];
        const relationOf = ({ inputs: [asset], signal }: Run): unknown =>
          resultOrRun(owner, isAssetValue(asset) && asset.type === "relation" ? asset.relation : undefined, signal);
        return [value, extra(tableName(name), inputs, false, relationOf)];
      });
    case "sql":
      if (shape.name === null || main === null) return [];
      return [
        extra(shape.name, [main], false, ({ inputs: [relation], signal }) =>
          isRelation(relation) ? fetchRows(host, relation, signal) : relation,
        ),
      ];
    case "value":
      if (shape.view === null || main === null) return [];
      return [
        extra(shape.view, [main], false, ({ inputs: [element] }) => (isInputLike(element) ? input(element) : element)),
      ];
    case "bundle":
      return shape.names.map((name) =>
        extra(name, [`cell ${id}`], true, ({ inputs: [values] }) => Reflect.get(Object(values), name)),
      );
    case "mutable": {
      const holder = `cell ${id}`;
      const held = ({ inputs: [value] }: Run): unknown => Reflect.get(Object(value), "stream");
      return [
        extra(holder, [`mutable ${shape.name}`], false, ({ inputs: [value] }) => ({ stream: Mutable(value) })),
        extra(shape.name, [holder], true, held),
        extra(`mutable$${shape.name}`, [holder], false, (run) => handleOf(held(run))),
      ];
    }
  }
}

/** The value of a result; where it is not to be had, one that never comes, since the cell is about to run instead. */
async function resultOrRun(owner: ExtraOwner, value: unknown, signal: AbortSignal): Promise<unknown> {
  try {
    const found = await value;
    if (found !== undefined) return found;
  } catch {
    signal.throwIfAborted();
  }
  owner.refuseResults();
  return new Promise(() => {});
}

/** What `mutable x` is to the cells that set it: the value alone, so that it is no stream to them. */
function handleOf(stream: unknown): unknown {
  return Object.defineProperty({}, "value", {
    get: () => Reflect.get(Object(stream), "value") as unknown,
    set: (value: unknown) => void Reflect.set(Object(stream), "value", value),
    enumerable: true,
  });
}
