import type { ApiClient } from "../../cells/api/client.ts";
import { SseParser } from "../../cells/api/sse-parser.ts";
import { AppError } from "../../cells/errors.ts";
import type { StoredEvent } from "../store/store.ts";

const firstPauseMs = 250;
/** a server that is started again has this long in all: 0.25 s, 0.5 s … 8 s */
const mostTries = 6;

/**
 * What happens in a run after an event, by the server's stream of events. Where the stream is cut it goes on after the last one that
 * came. Ends with `signal`. Throws what the server answers, and `workspace_locked` where it is gone for 16 s.
 */
export async function* followEvents(
  client: ApiClient<Response>,
  run: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  let last = after;
  for (let tries = 0; !signal.aborted;) {
    try {
      const response = await client.open("events", { run, after: last }, undefined, signal);
      const parser = new SseParser();
      if (response.body === null) throw new AppError("internal", "the server's stream of events has no body");
      for await (const text of response.body.pipeThrough(new TextDecoderStream()))
        for (const { data } of parser.push(text)) {
          const event = JSON.parse(data) as StoredEvent;
          last = event.seq;
          tries = 0;
          yield event;
        }
    } catch (error) {
      if (signal.aborted) return;
      // an answer of the server is one; that there was none, or half of one, may be over soon
      if (error instanceof AppError && error.code !== "workspace_locked") throw error;
      if (tries === mostTries) throw error;
    }
    await pause(Math.min(firstPauseMs * 2 ** tries++, 8_000), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
