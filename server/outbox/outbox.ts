import { messageOf } from "../../cells/errors.ts";
import type { Clock } from "../clock.ts";
import { Refused } from "./refused.ts";
import type { Store, StoredEvent } from "../store/store.ts";

/** What events are told to. Told of one event after the other, in the order of the log, until it resolves. */
export interface Consumer {
  /**
   * Resolves once the event is delivered, with what is to be remembered; with null where nothing was to be told of it. An event
   * may come again after a failure or a restart. What it throws is tried again, but for `Refused`: that event is given up.
   */
  deliver(event: StoredEvent, memory: unknown, signal: AbortSignal): Promise<{ readonly memory: unknown } | null>;
  /** Told once, before the first event, what is remembered. */
  begin?(memory: unknown): void;
  /** Told once that nothing more comes. */
  end?(): Promise<void>;
}

/** How far an outbox has come. */
export interface OutboxState {
  readonly name: string;
  readonly delivered: number;
  /** events of the log that were not looked at yet */
  readonly behind: number;
  /** when the first of them happened; null where there is none */
  readonly behindSince: number | null;
  /** why the last try failed; null where it did not */
  readonly problem: string | null;
  /** what was given up since anything was taken; null where nothing was */
  readonly givenUp: GivenUp | null;
}

/** Messages that were refused for good, one after another. */
interface GivenUp {
  readonly count: number;
  /** of the last one */
  readonly at: number;
  readonly reason: string;
}

const eventsAtOnce = 200;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;

/**
 * Tells a consumer of every event of the log: at least once, in order, from where it stood before a restart on. It reads what is
 * committed and nobody waits for it; a consumer that fails is tried again after 1 s, 2 s, 4 s up to five minutes. What is refused for
 * good is given up, told in the log, and holds back nothing. An outbox that is new begins with what happens from then on.
 */
export class Outbox {
  readonly name: string;
  readonly #consumer: Consumer;
  readonly #parts: { readonly store: Store; readonly clock: Clock };
  readonly #stopped = new AbortController();
  #wake: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();
  #delivered = 0;
  #problem: string | null = null;
  #givenUp: GivenUp | null = null;

  constructor(name: string, consumer: Consumer, parts: { readonly store: Store; readonly clock: Clock }) {
    this.name = name;
    this.#consumer = consumer;
    this.#parts = parts;
  }

  /** Resolves once it stands where it stood. */
  async start(): Promise<void> {
    const begun = await this.#begin();
    this.#consumer.begin?.(begun.memory);
    this.#working = this.#work(begun.memory);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    await this.#working;
    await this.#consumer.end?.();
  }

  async state(): Promise<OutboxState> {
    const last = await this.#parts.store.lastSeq();
    const [next] = await this.#parts.store.eventsAfter(this.#delivered, 1);
    return {
      name: this.name,
      delivered: this.#delivered,
      behind: Math.max(0, last - this.#delivered),
      behindSince: next?.at ?? null,
      problem: this.#problem,
      givenUp: this.#givenUp,
    };
  }

  async #begin(): Promise<{ readonly memory: unknown }> {
    const { store } = this.#parts;
    const kept = await store.setting(settingOf(this.name));
    if (kept !== null && kept !== "") {
      const { seq, memory, givenUp = null } = JSON.parse(kept) as Kept;
      this.#delivered = seq;
      this.#givenUp = givenUp;
      return { memory };
    }
    this.#delivered = await store.lastSeq();
    await this.#keep(null);
    return { memory: null };
  }

  #keep(memory: unknown): Promise<void> {
    return this.#parts.store.setSetting(settingOf(this.name), JSON.stringify(this.#kept(memory)));
  }

  #kept(memory: unknown): Kept {
    return { seq: this.#delivered, memory, ...(this.#givenUp === null ? {} : { givenUp: this.#givenUp }) };
  }

  async #giveUp(event: StoredEvent, { message: reason }: Refused): Promise<void> {
    const { store, clock } = this.#parts;
    const at = clock.now();
    this.#givenUp = { count: (this.#givenUp?.count ?? 0) + 1, at, reason };
    this.#delivered = event.seq;
    await store.append([{ type: "message_given_up", outbox: this.name, event: event.seq, reason }], at);
  }

  async #work(begun: unknown): Promise<void> {
    const { store } = this.#parts;
    const { signal } = this.#stopped;
    let memory = begun;
    let failures = 0;
    const unsubscribe = store.onEvents(() => this.#wake());
    try {
      while (!signal.aborted) {
        const news = new Promise<void>((resolve) => (this.#wake = resolve));
        try {
          const events = await store.eventsAfter(this.#delivered, eventsAtOnce);
          for (const event of events) {
            const told = await this.#consumer.deliver(event, memory, signal).catch((error: unknown) => {
              if (error instanceof Refused) return error;
              throw error;
            });
            if (told instanceof Refused) await this.#giveUp(event, told);
            else {
              this.#delivered = event.seq;
              if (told === null) continue;
              memory = told.memory;
              this.#givenUp = null;
            }
            await this.#keep(memory);
            this.#problem = null;
            failures = 0;
          }
          if (events.length > 0) await this.#keep(memory);
          else if (!signal.aborted) await news;
        } catch (error) {
          if (signal.aborted) return;
          this.#problem = messageOf(error);
          await this.#pause(Math.min(firstRetryMs * 2 ** failures++, longestRetryMs));
        }
      }
    } finally {
      unsubscribe();
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#stopped.signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.wake(clock.now() + ms, done);
      this.#stopped.signal.addEventListener("abort", done, { once: true });
    });
  }
}

/** Forgets how far an outbox had come: one of its name begins anew. */
export async function forgetOutbox(store: Pick<Store, "setSetting">, name: string): Promise<void> {
  await store.setSetting(settingOf(name), "");
}

/** What is kept of an outbox. */
interface Kept {
  readonly seq: number;
  readonly memory: unknown;
  readonly givenUp?: GivenUp;
}

function settingOf(name: string): string {
  return `outbox ${name}`;
}
