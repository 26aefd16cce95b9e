import type { Step } from "../../cells/model/run.ts";

/** how many steps may have nothing but their commit before them, beside those that compute */
const mostCommitting = 12;

interface Member {
  readonly ended: Promise<void>;
  /** resolves once only its commit is outstanding, or it ended */
  readonly computed: Promise<void>;
  readonly onComputed: () => void;
}

/**
 * The steps of a run that are under way. A few compute at once; one that waits for its commit alone keeps no other from
 * computing, so that several become durable by one sync of the store.
 */
export class UnderWay {
  /** assets that other steps of the run read */
  readonly #read: ReadonlySet<string>;
  readonly #members = new Map<Step, Member>();
  readonly #computing = new Set<Step>();

  constructor(read: ReadonlySet<string>) {
    this.#read = read;
  }

  /** Takes a step in, which `work` carries out. */
  add(step: Step, work: () => Promise<void>): void {
    const computed = Promise.withResolvers<void>();
    const onComputed = (): void => {
      this.#computing.delete(step);
      computed.resolve();
    };
    this.#computing.add(step);
    const ended = work()
      .then(() => void this.#members.delete(step))
      .finally(onComputed);
    // it stays, and is told to whoever waits for it next
    ended.catch(() => undefined);
    this.#members.set(step, { ended, computed: computed.promise, onComputed });
  }

  /**
   * Of this step only the commit is outstanding. Says whether it may be synced with that of another: one still computes, and
   * no step of the run reads this one.
   */
  reachesCommit(step: Step): boolean {
    this.#members.get(step)?.onComputed();
    return this.#computing.size > 0 && !this.#read.has(step.asset);
  }

  /** Resolves when fewer than `most` steps compute, and few wait for their commit. Rejects as one that ends meanwhile does. */
  async room(most: number): Promise<void> {
    const left = (): Promise<void>[] =>
      [...this.#members].map(([step, { ended, computed }]) =>
        this.#computing.has(step) ? Promise.race([computed, ended]) : ended,
      );
    while (this.#computing.size >= most || this.#members.size >= most + mostCommitting) await Promise.race(left());
  }

  /** Resolves when the steps that `which` names, or all, have ended. Rejects as the first of them that was thrown out of does. */
  async ended(which: (step: Step) => boolean = () => true): Promise<void> {
    await Promise.all([...this.#members].flatMap(([step, { ended }]) => (which(step) ? ended : [])));
  }

  /** Resolves when all have ended, however. */
  async settled(): Promise<void> {
    await Promise.allSettled(Array.from(this.#members.values(), ({ ended }) => ended));
  }
}
