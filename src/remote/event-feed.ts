import type { Connection } from "./connection.ts";
import { EventStream, type StreamOptions } from "./event-stream.ts";
import { isPassing, type ServerEvent } from "./server-event.ts";

/** What listeners of the feed are told. After `resumed`, things may have changed that no event told. */
export type FeedMessage = { readonly type: "event"; readonly event: ServerEvent } | { readonly type: "resumed" };

/** What tabs tell each other. */
type TabMessage =
  | { readonly type: "event"; readonly event: ServerEvent }
  | { readonly type: "connection"; readonly connection: Connection; readonly last: number | null }
  | { readonly type: "hello" }
  | { readonly type: "retry" };

/** The parts of the platform that tabs share. */
export interface TabPlatform {
  readonly channel: BroadcastChannel;
  /** null where the page may not use locks (served without TLS, and not from this machine): each tab then has its own stream */
  readonly locks: Pick<LockManager, "request"> | null;
}

const lockName = "cellar-events";

/**
 * The server's events in this tab. One tab of a browser holds the stream and tells the others, since a browser has only
 * six connections to a server; when it closes, the next goes on after the last event that it saw.
 */
export class EventFeed {
  readonly #platform: TabPlatform;
  readonly #stream: EventStream;
  readonly #listeners = new Set<(message: FeedMessage) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #stop = new AbortController();
  #connection: Connection = { type: "connecting" };
  #last: number | null = null;
  #wasOnline = false;
  #leads = false;

  constructor(options: Omit<StreamOptions, "onEvent" | "onConnection" | "after">, platform: TabPlatform) {
    this.#platform = platform;
    this.#stream = new EventStream({
      ...options,
      after: () => this.#last,
      onEvent: (event) => {
        this.#tell({ type: "event", event });
        this.#receive(event);
      },
      onConnection: (connection) => {
        this.#tell({ type: "connection", connection, last: this.#last });
        this.#connect(connection);
      },
    });
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Whether this tab holds the stream. */
  get leads(): boolean {
    return this.#leads;
  }

  start(): void {
    const { channel, locks } = this.#platform;
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => this.#onTab(data);
    const { signal } = this.#stop;
    const lead = async (): Promise<void> => {
      this.#leads = true;
      await this.#stream.run(signal);
      // refused or outdated: no other tab would fare better, so the lock is kept until this one is closed
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    this.#tell({ type: "hello" });
    if (locks === null) void lead();
    else locks.request(lockName, { signal }, lead).catch(() => undefined);
  }

  /** Tries to reach the server now. */
  retry(): void {
    if (this.#leads) this.#stream.retry();
    else this.#tell({ type: "retry" });
  }

  /** Hears events until the returned function is called. */
  subscribe(listener: (message: FeedMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of changes of `connection`. */
  onConnection(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  close(): void {
    this.#stop.abort();
    this.#platform.channel.close();
  }

  #tell(message: TabMessage): void {
    if (!this.#stop.signal.aborted) this.#platform.channel.postMessage(message);
  }

  #onTab(message: TabMessage): void {
    switch (message.type) {
      case "event":
        return this.#receive(message.event);
      case "connection":
        if (this.#leads) return;
        this.#last ??= message.last;
        return this.#connect(message.connection);
      case "hello":
        if (this.#leads) this.#tell({ type: "connection", connection: this.#connection, last: this.#last });
        return;
      case "retry":
        if (this.#leads) this.#stream.retry();
    }
  }

  #receive(event: ServerEvent): void {
    if (!isPassing(event) && this.#last !== null && event.seq <= this.#last) return;
    this.#last = Math.max(this.#last ?? 0, event.seq);
    for (const listener of this.#listeners) listener({ type: "event", event });
  }

  #connect(connection: Connection): void {
    const before = this.#connection;
    this.#connection = connection;
    if (connection.type === "online" && before.type !== "online") {
      if (this.#wasOnline) for (const listener of this.#listeners) listener({ type: "resumed" });
      this.#wasOnline = true;
    }
    for (const watcher of this.#watchers) watcher();
  }
}
