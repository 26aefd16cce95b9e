import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Clock } from "../clock.ts";
import type { Queue } from "../queue/queue.ts";
import type { ColumnReader } from "../planning/column-reader.ts";
import type { Planner } from "../planning/planner.ts";
import type { Store } from "../store/store.ts";
import type { WorkspaceConfig } from "../workspace/workspace-config.ts";
import { AlertConsumer } from "./alert.ts";
import { type AlertMessage, alertMessage } from "./alert-message.ts";
import { type AlertTarget, alertTargets } from "./alert-targets.ts";
import type { Post } from "./endpoint.ts";
import type { SendMail } from "./mail.ts";
import { OpenLineageConsumer } from "./openlineage.ts";
import { RunColumns } from "./run-columns.ts";
import { RunRetryConsumer } from "./run-retry.ts";
import { type Consumer, forgetOutbox, Outbox, type OutboxState } from "./outbox.ts";

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly planner: Planner;
  readonly queue: Queue;
  readonly columns: ColumnReader;
  readonly post: Post;
  readonly sendMail: SendMail;
  readonly workspace: string;
  /** where people reach the server; null where none listens */
  readonly address: () => string | null;
  readonly version: string;
  readonly config: () => Pick<WorkspaceConfig, "alerts" | "lineage">;
  readonly select: (selection: string) => Promise<readonly AssetKey[]>;
  readonly fileOf: (name: string) => Promise<string>;
  readonly report: (error: unknown) => void;
}

const known = "outboxes";

/** The outboxes that `cellar.json` asks for, each by itself: one whose receiver is away holds back no other. */
export class EventsOut {
  readonly #parts: Parts;
  #outboxes: readonly Outbox[] = [];
  #changing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Begins, or goes on as `cellar.json` has it now. */
  look(): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change()).catch((error: unknown) => this.#parts.report(error));
    return this.#changing;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#changing;
    await Promise.all(this.#outboxes.map((outbox) => outbox.stop()));
  }

  state(): Promise<readonly OutboxState[]> {
    return Promise.all(this.#outboxes.map((outbox) => outbox.state()));
  }

  /** Whom an alert tells: each receiver has an outbox of its own. Empty where there is no such alert. */
  targets(alert: string): readonly AlertTarget[] {
    const config = this.#parts.config().alerts.get(alert);
    return config === undefined ? [] : alertTargets(config, this.#parts);
  }

  /** What an alert says to be tried out. */
  testMessage(alert: string): AlertMessage {
    const { workspace, address, clock } = this.#parts;
    return alertMessage(
      { alert, workspace, address: address() },
      { seq: 0, at: clock.now() },
      {
        kind: "test",
        isOver: false,
        sentence: `alert ${alert} of ${workspace} works: this is a test`,
        run: null,
        asset: null,
        partition: null,
      },
    );
  }

  async #change(): Promise<void> {
    await Promise.all(this.#outboxes.map((outbox) => outbox.stop()));
    this.#outboxes = [];
    if (this.#isStopped) return;
    const { store, clock } = this.#parts;
    const consumers = this.#consumers();
    const before = JSON.parse((await store.setting(known)) ?? "[]") as readonly string[];
    for (const name of before) if (!consumers.has(name)) await forgetOutbox(store, name);
    await store.setSetting(known, JSON.stringify([...consumers.keys()]));
    this.#outboxes = Array.from(consumers, ([name, consumer]) => new Outbox(name, consumer, { store, clock }));
    for (const outbox of this.#outboxes) await outbox.start();
  }

  #consumers(): ReadonlyMap<string, Consumer> {
    const { alerts, lineage } = this.#parts.config();
    const consumers = new Map<string, Consumer>([["run retries", new RunRetryConsumer(this.#parts)]]);
    for (const alert of alerts.values())
      for (const { outbox, tell } of this.targets(alert.name))
        consumers.set(outbox, new AlertConsumer(alert, tell, this.#parts));
    if (lineage !== null)
      consumers.set(
        "openlineage",
        new OpenLineageConsumer(lineage, { ...this.#parts, columns: new RunColumns(this.#parts) }),
      );
    return consumers;
  }
}
