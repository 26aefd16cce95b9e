import { AppError, messageOf } from "../../cells/errors.ts";
import { type Api, isUnreachable } from "./api.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import { readEvent, type ServerEvent } from "./server-event.ts";
import { SseParser } from "../../cells/api/sse-parser.ts";

export interface StreamOptions {
  readonly api: Api;
  /** version of this page; another one of the server ends the stream as `outdated` */
  readonly version: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onConnection: (connection: Connection) => void;
  /** the sequence number after which to go on; null starts with what happens next */
  readonly after: () => number | null;
  /** how often a stream that is silent is doubted */
  readonly pulseMs?: number;
  readonly wait?: (attempt: number) => number;
}

const pulseMs = 15_000;
const answerMs = 5_000;

/** Follows the server's events for as long as it is wanted: goes on where it was cut, waits longer each time it fails. */
export class EventStream {
  readonly #options: StreamOptions;
  #wake: () => void = () => undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Tries again now instead of when the wait is over. */
  retry(): void {
    this.#wake();
  }

  /** Resolves when `signal` aborts, or where going on is of no use: the token is refused, or the server is another version. */
  async run(signal: AbortSignal): Promise<void> {
    const { onConnection, wait = backoffMs } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const health = await this.#health(signal);
        if (health !== this.#options.version) return onConnection({ type: "outdated", server: health });
        await this.#follow(signal, () => {
          attempt = 0;
          onConnection({ type: "online" });
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof AppError && error.code === "unauthorized") return onConnection({ type: "refused" });
        const waitMs = wait(attempt);
        onConnection({
          type: "stopped",
          reason: isUnreachable(error) ? null : messageOf(error),
          retryAt: Date.now() + waitMs,
        });
        await pause(waitMs, signal, new Promise((resolve) => (this.#wake = resolve)));
      }
    }
  }

  async #health(signal: AbortSignal): Promise<string> {
    const late = AbortSignal.timeout(answerMs);
    const { version } = await this.#options.api
      .call("health", {}, AbortSignal.any([signal, late]))
      .catch((error: unknown) => {
        if (late.aborted)
          throw new AppError("not_found", "the server does not answer in time", { data: { unreachable: true } });
        throw error;
      });
    return version;
  }

  async #follow(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const { api, onEvent, after } = this.#options;
    const silent = new AbortController();
    const from = after();
    const response = await api.open(
      "events",
      from === null ? {} : { after: String(from) },
      undefined,
      AbortSignal.any([signal, silent.signal]),
    );
    if (response.body === null) throw new AppError("protocol", "the server's event stream has no body");
    onOpen();
    // a cut cable ends no stream: the server is asked for a sign of life
    const pulse = setInterval(
      () => void this.#health(signal).catch(() => silent.abort()),
      this.#options.pulseMs ?? pulseMs,
    );
    try {
      const parser = new SseParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new AppError("not_found", "the server ended the event stream", { data: { unreachable: true } });
        for (const { data } of parser.push(value)) {
          const event = parseEvent(data);
          if (event !== null) onEvent(event);
        }
      }
    } catch (cause) {
      if (signal.aborted || cause instanceof AppError) throw cause;
      throw new AppError("not_found", "the connection to the server was cut", { cause, data: { unreachable: true } });
    } finally {
      clearInterval(pulse);
    }
  }
}

function parseEvent(data: string): ServerEvent | null {
  try {
    return readEvent(JSON.parse(data));
  } catch {
    return null;
  }
}
