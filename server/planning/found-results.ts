import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Plan } from "../../cells/plan/plan.ts";
import { answersAtOnce, deriveFacts, type Facts } from "../../cells/staleness/facts.ts";
import type { Store } from "../store/store.ts";

const factsAtOnce = 10_000;

/**
 * A plan with the earlier results that it asks for: of which partitions and params these are, the plan alone knows. Made again where
 * there were any, since what reads them may then be found too. Of `chained` assets, whose partitions read each other, every result is
 * looked at together once one is found: else each plan would find the next partition.
 */
export async function withFound(
  store: Pick<Store, "byMemoKeys" | "materializations">,
  facts: Facts,
  chained: readonly AssetKey[],
  plan: (facts: Facts) => Promise<Plan>,
): Promise<Plan> {
  const found = new Map<string, Materialization>();
  for (let round = 0; ; round++) {
    const asked = new Set<string>();
    const made = await plan(
      deriveFacts(facts, {
        ...answersAtOnce(facts),
        byMemoKey(key) {
          const known = found.get(key) ?? facts.byMemoKey(key);
          if (known === null) asked.add(key);
          return known;
        },
      }),
    );
    const more = asked.size === 0 ? [] : await store.byMemoKeys([...asked]);
    if (more.length === 0) return made;
    for (const fact of more) found.set(fact.memoKey, fact);
    if (round > 0) continue;
    for (const asset of chained)
      for (const fact of await store.byMemoKeys(await memoKeysOf(store, asset))) found.set(fact.memoKey, fact);
  }
}

/** The memo keys of everything that an asset ever was. */
async function memoKeysOf(store: Pick<Store, "materializations">, asset: AssetKey): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let before: number | undefined; ;) {
    const facts = await store.materializations({
      asset,
      limit: factsAtOnce,
      ...(before === undefined ? {} : { before }),
    });
    keys.push(...facts.map(({ memoKey }) => memoKey));
    before = facts.at(-1)?.seq;
    if (facts.length < factsAtOnce || before === undefined) return keys;
  }
}
