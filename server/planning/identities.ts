import { type Identity, identitiesOf, renamesBetween } from "../../cells/graph/identities.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";

/** Keeps the history of assets that were renamed: looks at each workspace that is new to it. */
export class Identities {
  readonly #store: Store;
  readonly #clock: Clock;
  #known: Promise<readonly Identity[]> | null = null;
  #last: Workspace | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves once the facts of renamed assets stand under the keys of this workspace. One after the other. */
  keep(workspace: Workspace): Promise<void> {
    const looked = this.#looking.then(() => this.#look(workspace));
    this.#looking = looked.catch(() => undefined);
    return looked;
  }

  async #look(workspace: Workspace): Promise<void> {
    if (workspace === this.#last) return;
    this.#known ??= this.#store.identities();
    const known = await this.#known;
    const present = identitiesOf(workspace);
    const before = new Map(known.map((identity) => [identity.asset, identity]));
    const added = present.filter(({ asset, notebook, cell }) => {
      const old = before.get(asset);
      return old?.notebook !== notebook || old.cell !== cell;
    });
    if (added.length > 0) {
      this.#known = null;
      const renames = renamesBetween(known, present);
      const done = await this.#store.keepIdentities(added, renames, this.#clock.now());
      // a run under way holds some of them: to be looked at again
      if (done.length < renames.length) return;
    }
    this.#last = workspace;
  }
}
