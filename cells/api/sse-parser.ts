/** One server-sent event. */
export interface SseMessage {
  readonly id: string | null;
  readonly data: string;
}

const longestEvent = 16 * 1024 * 1024;

/**
 * Reads a `text/event-stream` that comes in pieces cut anywhere (HTML standard, 9.2.6). An event whose blank line has not come is
 * no event: after a cut stream it is asked for again.
 */
export class SseParser {
  #rest = "";
  #id: string | null = null;
  #data: string[] = [];

  /** Takes the next piece and returns the events that it completes. */
  push(text: string): readonly SseMessage[] {
    this.#rest += text;
    const messages: SseMessage[] = [];
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (end === null) break;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const message = this.#line(line);
      if (message !== null) messages.push(message);
    }
    if (this.#rest.length > longestEvent) this.#rest = "";
    return messages;
  }

  #line(line: string): SseMessage | null {
    if (line === "") {
      const data = this.#data;
      this.#data = [];
      return data.length === 0 ? null : { id: this.#id, data: data.join("\n") };
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }
}
