import { sha256Hex } from "../data/sha256.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { sourceKey, type AssetInput, type AssetNode, type Source } from "./workspace.ts";

/** What an asset is made of once virtual assets are looked through. */
export type Looked = Pick<AssetNode, "effectiveCodeVersion" | "sources" | "volatile" | "paramsOf">;

/** An asset as its own cell has it. */
interface Own {
  readonly notebook: string;
  readonly codeVersion: string;
  readonly inputs: readonly AssetInput[];
  readonly readsParams: boolean;
  readonly ownVolatile: readonly string[];
}

/**
 * Looks through the virtual inputs of an asset. `virtual` gives what an input is made of, or null where it is stored.
 * The effective code version is the asset's own unless a virtual input takes part. It then covers which source stands
 * where below which virtual asset, so that two ways of wiring the same views never share a memo key.
 */
export function lookThrough(own: Own, virtual: (key: AssetKey) => Looked | null): Looked {
  const sources = new Map<string, Source>();
  const volatile = new Set(own.ownVolatile);
  const paramsOf = new Set(own.readsParams ? [own.notebook] : []);
  const wiring: (readonly [name: string, code: string, labels: readonly string[]])[] = [];
  const labels = new Set<string>();
  const add = (source: Source): string => {
    const known = sources.get(sourceKey(source));
    if (known) return known.label;
    let { label } = source;
    for (let n = 2; labels.has(label); n++) label = `${source.label}#${n}`;
    labels.add(label);
    sources.set(sourceKey(source), { ...source, label });
    return label;
  };
  for (const input of own.inputs) {
    if (input.type === "file") {
      add({ ...input, label: `file:${input.file}` });
      continue;
    }
    const through = virtual(input.key);
    if (through === null) {
      add({ type: "asset", key: input.key, label: input.name });
      continue;
    }
    for (const reason of through.volatile) volatile.add(reason);
    for (const notebook of through.paramsOf) paramsOf.add(notebook);
    const reached = through.sources.map((source) =>
      add(source.type === "file" ? source : { ...source, label: `${input.name} > ${source.label}` }),
    );
    wiring.push([input.name, through.effectiveCodeVersion, reached]);
  }
  return {
    effectiveCodeVersion:
      wiring.length === 0
        ? own.codeVersion
        : sha256Hex(JSON.stringify(["cellar.code.through.1", own.codeVersion, wiring.sort(byName)])),
    sources: [...sources.values()],
    volatile: [...volatile],
    paramsOf: [...paramsOf],
  };
}

function byName(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
