import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";

/** How a step ended, for those that wait for it. */
export type Outcome = "done" | "skipped" | "failed" | "blocked";

/** A step of a run. */
interface Place {
  readonly asset: AssetKey;
  readonly partition: string;
}

/** How the steps of a run ended so far. */
export class Outcomes {
  readonly #ended = new Map<string, Outcome>();
  readonly #lost = new Map<AssetKey, Outcome>();

  set(step: Place, outcome: Outcome): void {
    this.#ended.set(nameOf(step), outcome);
    if (outcome === "failed" || outcome === "blocked") this.#lost.set(step.asset, outcome);
  }

  has(step: Place): boolean {
    return this.#ended.has(nameOf(step));
  }

  /** What is no step of the run is there as it was. */
  of(asset: AssetKey, partition: string): Outcome {
    return this.#ended.get(nameOf({ asset, partition })) ?? "done";
  }

  /** Whether a step failed or could not begin. */
  get isAnyLost(): boolean {
    return this.#lost.size > 0;
  }

  /** An asset that this one comes after by `after`, and that was lost; where keys come from a column, those of before stay. */
  lostBefore({ comesAfter, keysFrom }: AssetNode): { readonly asset: AssetKey; readonly outcome: Outcome } | null {
    for (const asset of comesAfter) {
      const outcome = this.#lost.get(asset);
      if (outcome !== undefined && !keysFrom.includes(asset)) return { asset, outcome };
    }
    return null;
  }
}

function nameOf({ asset, partition }: Place): string {
  return `${asset}\n${partition}`;
}
