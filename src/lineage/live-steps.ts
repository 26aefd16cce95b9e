import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";

type Live = "running" | "waiting";

/** A node, with what a run does with it now. */
export interface DrawnNode extends LineageNode {
  readonly live?: Live;
}

/** The steps of runs that are not over, as a lineage shows them on its nodes. */
export class LiveSteps {
  /** run → asset and partition → what goes on */
  readonly #runs = new Map<string, Map<string, { readonly asset: string; readonly live: Live }>>();
  #drawn: { readonly from: Lineage; readonly lineage: Lineage } | null = null;

  /** Takes in the state of one step. */
  step(run: string, step: { readonly asset: string; readonly partition: string; readonly state: string }): void {
    const steps = this.#runs.get(run) ?? new Map<string, { readonly asset: string; readonly live: Live }>();
    const live = liveOf(step.state);
    const id = `${step.asset}\n${step.partition}`;
    if (live === null) steps.delete(id);
    else steps.set(id, { asset: step.asset, live });
    if (steps.size > 0) this.#runs.set(run, steps);
    else this.#runs.delete(run);
    this.#drawn = null;
  }

  /** A run is over, whatever was last told of its steps. */
  over(run: string): void {
    this.#runs.delete(run);
    this.#drawn = null;
  }

  clear(): void {
    this.#runs.clear();
    this.#drawn = null;
  }

  /** The lineage with what goes on written on its nodes; the same object as long as nothing changed. */
  drawnOn(lineage: Lineage): Lineage {
    if (this.#runs.size === 0) return lineage;
    if (this.#drawn?.from === lineage) return this.#drawn.lineage;
    const live = this.#byAsset();
    const nodes = lineage.nodes.map((node): DrawnNode => {
      const now = live.get(node.key);
      return now === undefined || node.type === "file" ? node : { ...node, live: now };
    });
    this.#drawn = { from: lineage, lineage: { ...lineage, nodes } };
    return this.#drawn.lineage;
  }

  /** An asset runs as long as one of its partitions does. */
  #byAsset(): ReadonlyMap<string, Live> {
    const found = new Map<string, Live>();
    for (const steps of this.#runs.values())
      for (const { asset, live } of steps.values()) if (found.get(asset) !== "running") found.set(asset, live);
    return found;
  }
}

function liveOf(state: string): Live | null {
  if (state === "running" || state === "committing") return "running";
  return state === "waiting" ? state : null;
}
