import { parseCondition } from "../../cells/automation/parse.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { didYouMean } from "../../cells/model/nearest.ts";
import { parsePartitionRange } from "../../cells/partition/range.ts";
import { keysIn } from "../../cells/partition/subset.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { known } from "./assets.ts";

/** What other programs say to conditions. */
export function signalHandlers(workspace: OpenWorkspace): Pick<Handlers, "signal"> {
  const { automation, store, clock, planner, partitions } = workspace;
  return {
    async signal({ name, key, partition, value = "once" }) {
      const now = clock.now();
      const { served } = await automation.preview(now);
      const asked = new Set([...served.conditions.values()].flatMap((text) => signalsIn(parseCondition(text))));
      if (!asked.has(name))
        throw new AppError(
          "usage",
          `no condition asks for signal ${JSON.stringify(name)}; ${didYouMean(name, [...asked])}${
            asked.size === 0 ? "" : `there are ${[...asked].join(", ")}; `
          }a published cell does by automation='signal(${JSON.stringify(name)})'`,
          { data: { name } },
        );
      const asset = key === undefined ? null : AssetKey.parse(key);
      if (asset !== null) await known(workspace, asset);
      if (partition !== undefined && asset === null)
        throw new AppError("usage", "a partition is one of an asset; name it by --key, or leave --partition out");
      const keys = async () => {
        const { workspace: graph } = await planner.effective();
        const node = asset === null ? undefined : graph.assets.get(asset);
        if (partition === undefined || node === undefined) return null;
        if (node.options.partitions === null)
          throw new AppError("usage", `${node.key} has no partitions; leave --partition out`);
        const space = (await partitions.spaces(graph, now))(node);
        return [...keysIn(parsePartitionRange(space, partition))];
      };
      const seq = await store.append([{ type: "signalled", name, asset, partitions: await keys(), value }], now);
      return { seq };
    },
  };
}

/** The names of signals that a condition asks for, wherever they stand in it. */
function signalsIn(condition: unknown): readonly string[] {
  if (typeof condition !== "object" || condition === null) return [];
  if (Array.isArray(condition)) return condition.flatMap(signalsIn);
  const members = Object.fromEntries(Object.entries(condition));
  const { type, name } = members;
  if (type === "signal" && typeof name === "string") return [name];
  return Object.values(members).flatMap(signalsIn);
}
