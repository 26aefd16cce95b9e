import type { Evaluation } from "../../cells/automation/evaluate.ts";
import { toReport } from "../../cells/automation/report.ts";
import { subsetCount } from "../../cells/partition/subset.ts";
import type { NewEvaluation } from "../store/automation-store.ts";

/**
 * What is to be kept of evaluations: one that came out as the one before is counted, another is stored with its tree. Counts wait in
 * memory for the next one that is written.
 */
export class EvaluationLog {
  /** text of the tree that was stored last, by key */
  readonly #trees = new Map<string, string>();
  readonly #alike = new Map<string, { count: number; lastAt: number; sentence: string }>();

  constructor(stored: Iterable<readonly [string, string]> = []) {
    for (const [key, tree] of stored) this.#trees.set(key, tree);
  }

  /** What one evaluation has to be stored with: those that are others than before or requested something. */
  news(
    evaluation: Evaluation,
    outcomes: ReadonlyMap<string, Pick<NewEvaluation, "run" | "backfill" | "problem">>,
    at: number,
  ): { readonly rows: readonly NewEvaluation[]; readonly trees: ReadonlyMap<string, string> } {
    const rows: NewEvaluation[] = [];
    const trees = new Map<string, string>();
    for (const [key, { requested, say, tree }] of evaluation.evaluations) {
      const text = JSON.stringify(toReport(tree()));
      const count = subsetCount(requested);
      const sentence = say();
      if (text === this.#trees.get(key) && count === 0) {
        const known = this.#alike.get(key);
        this.#alike.set(key, { count: (known?.count ?? 0) + 1, lastAt: at, sentence });
        continue;
      }
      trees.set(key, text);
      const outcome = outcomes.get(key) ?? { run: null, backfill: null, problem: null };
      rows.push({
        ...{ asset: key, at, lastAt: at, count: 1, requested: count, sentence, tree: text },
        ...outcome,
        isSame: false,
      });
    }
    return { rows: [...this.#counted(), ...rows], trees };
  }

  /** To be called once what `news` gave is stored. */
  stored(trees: ReadonlyMap<string, string>): void {
    for (const [key, tree] of trees) this.#trees.set(key, tree);
    this.#alike.clear();
  }

  #counted(): readonly NewEvaluation[] {
    return Array.from(this.#alike, ([asset, { count, lastAt, sentence }]) => ({
      ...{
        asset,
        at: lastAt,
        lastAt,
        count,
        requested: 0,
        sentence,
        tree: "",
        run: null,
        backfill: null,
        problem: null,
      },
      isSame: true,
    }));
  }
}
