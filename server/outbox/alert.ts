import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { AlertConfig } from "./alert-config.ts";
import { type Occurrence, occurrencesOf } from "./alert-events.ts";
import type { Post } from "./endpoint.ts";
import type { Consumer } from "./outbox.ts";

/** What an alert tells: one JSON document; `text` is its sentence, under the name that chat services read. */
interface AlertMessage {
  readonly alert: string;
  readonly event: string;
  readonly recovered: boolean;
  readonly text: string;
  /** ISO */
  readonly at: string;
  readonly seq: number;
  readonly workspace: string;
  readonly run: string | null;
  readonly asset: string | null;
  readonly partition: string | null;
}

/** Tells a webhook of what its rule is about. Remembers what is not well, so that it is told of once. */
export class AlertConsumer implements Consumer {
  readonly #config: AlertConfig;
  readonly #parts: {
    readonly store: Pick<Store, "run" | "steps">;
    readonly workspace: string;
    readonly post: Post;
    readonly select: (selection: string) => Promise<readonly AssetKey[]>;
  };

  constructor(
    config: AlertConfig,
    parts: {
      readonly store: Pick<Store, "run" | "steps">;
      readonly workspace: string;
      readonly post: Post;
      readonly select: (selection: string) => Promise<readonly AssetKey[]>;
    },
  ) {
    this.#config = config;
    this.#parts = parts;
  }

  async deliver({ seq, at, event }: StoredEvent, memory: unknown): Promise<{ readonly memory: unknown } | null> {
    const { on, afterMs, repeat, recovery, name, webhook } = this.#config;
    const run = event.type === "run_changed" ? await this.#parts.store.run(event.run) : null;
    let firing = firingOf(memory);
    let isChanged = false;
    for (const found of occurrencesOf(event, run, afterMs)) {
      if (!on.includes(found.kind)) continue;
      const id = `${found.kind} ${found.subject}`;
      const isKnown = firing.includes(id);
      if (found.isOver ? !isKnown : isKnown && repeat === "once") continue;
      if (!(await this.#isSelected(found, run))) continue;
      if (!found.isOver || recovery) {
        const message: AlertMessage = {
          alert: name,
          event: found.kind,
          recovered: found.isOver,
          text: found.sentence,
          at: new Date(at).toISOString(),
          seq,
          workspace: this.#parts.workspace,
          run: found.run,
          asset: found.asset,
          partition: found.partition,
        };
        await this.#parts.post(`alert ${name}`, webhook, message);
      }
      // a success is nothing that could be over
      if (found.kind === "run_succeeded") continue;
      firing = found.isOver ? firing.filter((other) => other !== id) : [...firing.filter((other) => other !== id), id];
      isChanged = true;
    }
    return isChanged ? { memory: firing.slice(-mostRemembered) } : null;
  }

  async #isSelected({ asset, run }: Occurrence, about: Run | null): Promise<boolean> {
    const { select } = this.#config;
    if (select === null) return true;
    const keys = new Set(await this.#parts.select(select));
    if (asset !== null) return keys.has(asset);
    if (run === null || about === null) return false;
    return (await this.#parts.store.steps(run)).some((step) => keys.has(step.asset));
  }
}

const mostRemembered = 10_000;

function firingOf(memory: unknown): readonly string[] {
  return Array.isArray(memory) ? memory.filter((id) => typeof id === "string") : [];
}
