import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run } from "../../cells/model/run.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { AlertConfig } from "./alert-config.ts";
import { type Occurrence, occurrencesOf } from "./alert-events.ts";
import { type AlertMessage, alertMessage } from "./alert-message.ts";
import type { Consumer } from "./outbox.ts";

interface Parts {
  readonly store: Pick<Store, "run" | "steps">;
  readonly workspace: string;
  /** where people reach the server */
  readonly address: () => string | null;
  readonly select: (selection: string) => Promise<readonly AssetKey[]>;
}

/** Tells one receiver of what its rule is about. Remembers what is not well, so that it is told of once. */
export class AlertConsumer implements Consumer {
  readonly #config: AlertConfig;
  readonly #tell: (message: AlertMessage) => Promise<void>;
  readonly #parts: Parts;

  constructor(config: AlertConfig, tell: (message: AlertMessage) => Promise<void>, parts: Parts) {
    this.#config = config;
    this.#tell = tell;
    this.#parts = parts;
  }

  async deliver(stored: StoredEvent, memory: unknown): Promise<{ readonly memory: unknown } | null> {
    const { on, afterMs, repeat, recovery, name } = this.#config;
    const { workspace, address } = this.#parts;
    const { event } = stored;
    const run = event.type === "run_changed" ? await this.#parts.store.run(event.run) : null;
    let firing = firingOf(memory);
    let isChanged = false;
    for (const found of occurrencesOf(event, run, afterMs)) {
      if (!on.includes(found.kind)) continue;
      const id = `${found.kind} ${found.subject}`;
      const isKnown = firing.includes(id);
      if (found.isOver ? !isKnown : isKnown && repeat === "once") continue;
      if (!(await this.#isSelected(found, run))) continue;
      if (!found.isOver || recovery)
        await this.#tell(
          alertMessage({ alert: name, workspace, address: address() }, stored, await this.#withFailures(found, run)),
        );
      // a success is nothing that could be over
      if (found.kind === "run_succeeded") continue;
      firing = found.isOver ? firing.filter((other) => other !== id) : [...firing.filter((other) => other !== id), id];
      isChanged = true;
    }
    return isChanged ? { memory: firing.slice(-mostRemembered) } : null;
  }

  /** Of a run that failed by its steps: with the first of them, since the run itself has no more to say. */
  async #withFailures(found: Occurrence, about: Run | null): Promise<Occurrence> {
    if (found.kind !== "run_failed" || found.isOver || about === null || about.error !== null) return found;
    const failed = (await this.#parts.store.steps(about.id)).filter(({ state }) => state === "failed");
    const [first, ...rest] = failed;
    if (first === undefined) return found;
    const [fact = ""] = (first.error?.message ?? first.reason).split("\n");
    const slice = first.partition === "" ? "" : ` (${first.partition})`;
    const more = rest.length === 0 ? "" : `; and ${rest.length} more failed`;
    return { ...found, sentence: `${found.sentence}: ${first.asset}${slice}: ${fact}${more}` };
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
