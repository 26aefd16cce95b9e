import { AppError } from "../../cells/errors.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { dynamicNamesOf } from "../partitions/dynamic-names.ts";

type Names = "dynamicPartitions" | "changePartitions" | "removePartition";

/** Keys of dynamic partitions: they belong to a name, whichever assets use it. */
export function partitionHandlers({ planner, store, clock }: OpenWorkspace): Pick<Handlers, Names> {
  const change = async (given: string, add: readonly string[], remove: readonly string[]) => {
    const name = await nameOf(given);
    const now = clock.now();
    const removed = await store.removePartitionKeys(name, remove, now);
    const added = await store.addPartitionKeys(name, add, now);
    const { length: count } = await store.partitionKeys(name);
    return { name, added: [...added], removed: [...removed], count };
  };
  /** A name as it stands in a definition, or the key of an asset that has one. */
  const nameOf = async (given: string): Promise<string> => {
    const graphs = [(await planner.effective()).workspace, (await planner.effective(true)).workspace];
    const nodes = graphs.flatMap(({ assets }) => [...assets.values()]);
    const node = nodes.find(({ key }) => key === given);
    const names = [...new Set((node === undefined ? nodes : [node]).flatMap(dynamicNamesOf))].sort();
    if (names.includes(given)) return given;
    const [only] = names;
    if (node !== undefined && only !== undefined && names.length === 1) return only;
    throw new AppError("usage", refusal(given, node !== undefined, names), { data: { name: given } });
  };
  return {
    async dynamicPartitions({ name }) {
      const found = await nameOf(name);
      return { name: found, keys: [...(await store.partitionKeys(found))] };
    },
    changePartitions: ({ name, add = [], remove = [] }) => change(name, add, remove),
    removePartition: ({ name, partition }) => change(name, [], [partition]),
  };
}

function refusal(given: string, isAsset: boolean, names: readonly string[]): string {
  const known =
    names.length === 0 ? 'give an asset some, as partitions="dynamic customers"' : `name ${names.join(" or ")}`;
  return isAsset
    ? names.length > 1
      ? `${given} has several dynamic partitions; ${known}`
      : `${given} has no dynamic partitions, and only those are added and removed; ${known}`
    : `no asset has dynamic partitions ${JSON.stringify(given)}; ${known}`;
}
