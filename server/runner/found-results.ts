import type { Materialization } from "../../cells/model/materialization.ts";
import type { Plan } from "../../cells/plan/plan.ts";
import { deriveFacts, type Facts } from "../../cells/staleness/facts.ts";
import type { Store } from "../store/store.ts";

/**
 * A plan with the earlier results that it asks for: of which partitions and params these are, the plan alone knows. Made again where
 * there were any, since what reads them may then be found too.
 */
export async function withFound(
  store: Pick<Store, "byMemoKeys">,
  facts: Facts,
  plan: (facts: Facts) => Plan,
): Promise<Plan> {
  const found = new Map<string, Materialization>();
  for (;;) {
    const asked = new Set<string>();
    const made = plan(
      deriveFacts(facts, {
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
  }
}
