/** Who has a slot of a pool, or waits for one: a step of a run. */
export interface PoolUser {
  readonly run: string;
  readonly asset: string;
  readonly partition: string;
  readonly priority: number;
}

interface Waiting {
  readonly user: PoolUser;
  readonly start: () => void;
}

/**
 * How many steps of each pool compute at once, over all runs of this process, which is the only one that has the workspace.
 * A slot is held for as long as a computation is waited for and by nothing else: whatever ends a step, its run or its
 * process gives it back, and a server that died held none.
 */
export class PoolSlots {
  readonly #limitOf: (pool: string) => number;
  readonly #users = new Map<string, Set<PoolUser>>();
  /** larger priority first, then first come, first served */
  readonly #waiting = new Map<string, Waiting[]>();

  /** `limitOf` is asked anew each time; Infinity where a pool has no limit. */
  constructor(limitOf: (pool: string) => number) {
    this.#limitOf = limitOf;
  }

  /** Carries out `work` once the pool has a slot. Rejects with the signal's reason where that comes first. */
  async use<T>(pool: string, user: PoolUser, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(pool, user, signal);
    try {
      return await work();
    } finally {
      this.#usersOf(pool).delete(user);
      this.#startNext(pool);
    }
  }

  /** Looks again at who may start: limits have changed. */
  wake(): void {
    for (const pool of this.#waiting.keys()) this.#startNext(pool);
  }

  /** Why a step waits for a pool, as the end of a sentence; null where it does not. */
  whyWaiting(run: string, asset: string, partition: string): string | null {
    for (const [pool, waiting] of this.#waiting)
      if (waiting.some(({ user }) => user.run === run && user.asset === asset && user.partition === partition))
        return this.#sayFull(pool);
    return null;
  }

  /** Which step of a run waits for a pool, and why, as the end of a sentence; null where none does. */
  waitingOf(run: string): string | null {
    for (const [pool, waiting] of this.#waiting) {
      const first = waiting.find(({ user }) => user.run === run)?.user;
      if (first === undefined) continue;
      return `${first.asset}${first.partition === "" ? "" : ` (${first.partition})`}, as ${this.#sayFull(pool)}`;
    }
    return null;
  }

  /** Every pool that is used or waited for. */
  state(): readonly {
    readonly pool: string;
    readonly used: number;
    readonly waiting: number;
    readonly limit: number;
  }[] {
    const pools = new Set([...this.#users.keys(), ...this.#waiting.keys()]);
    return [...pools].sort().map((pool) => ({
      pool,
      used: this.#usersOf(pool).size,
      waiting: this.#waiting.get(pool)?.length ?? 0,
      limit: this.#limitOf(pool),
    }));
  }

  #enter(pool: string, user: PoolUser, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(pool) ?? [];
      this.#waiting.set(pool, waiting);
      const entry: Waiting = {
        user,
        start: () => {
          signal.removeEventListener("abort", onAbort);
          this.#usersOf(pool).add(user);
          resolve();
        },
      };
      const onAbort = () => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const behind = waiting.findIndex((other) => other.user.priority < user.priority);
      waiting.splice(behind === -1 ? waiting.length : behind, 0, entry);
      this.#startNext(pool);
    });
  }

  #startNext(pool: string): void {
    const waiting = this.#waiting.get(pool) ?? [];
    while (waiting.length > 0 && this.#usersOf(pool).size < this.#limitOf(pool)) waiting.shift()?.start();
  }

  #usersOf(pool: string): Set<PoolUser> {
    const users = this.#users.get(pool) ?? new Set();
    this.#users.set(pool, users);
    return users;
  }

  #sayFull(pool: string): string {
    const users = [...this.#usersOf(pool)];
    const limit = this.#limitOf(pool);
    if (users.length === 0) return `pool ${pool} lets no step start: its limit in cellar.json is ${limit}`;
    const names = users
      .slice(0, 3)
      .map(({ asset, partition }) => (partition === "" ? asset : `${asset} (${partition})`));
    const more = users.length > 3 ? ` and ${users.length - 3} more` : "";
    return `pool ${pool} is full: ${names.join(", ")}${more} ${users.length === 1 ? "is" : "are"} computed, and ${limit} may be at once`;
  }
}
