import type { Channel } from "./channel.ts";
import { Inbox } from "./inbox.ts";

/** What a channel needs of either end of Node's IPC: a child as its parent sees it, or `process` in the child. */
export interface IpcEnd {
  send(message: unknown): void;
  disconnect(): void;
  isConnected(): boolean;
  onMessage(listener: (message: unknown) => void): void;
  onDisconnect(listener: () => void): void;
}

/** Messages over Node's IPC. Both ends start with `serialization: "advanced"`: bytes, bigints and Dates cross as they are. */
export class IpcChannel implements Channel {
  readonly #end: IpcEnd;
  readonly #inbox = new Inbox();

  constructor(end: IpcEnd) {
    this.#end = end;
    end.onMessage((message) => this.#inbox.receive(alignBytes(message, 0)));
    end.onDisconnect(() => this.#inbox.close());
  }

  send(message: unknown): void {
    if (this.#inbox.isOpen && this.#end.isConnected()) this.#end.send(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#inbox.onMessage(listener);
  }

  onClose(listener: () => void): void {
    this.#inbox.onClose(listener);
  }

  close(): void {
    if (this.#inbox.isOpen && this.#end.isConnected()) this.#end.disconnect();
    this.#inbox.close();
  }
}

const deepest = 4;

/** Node hands over views into its read buffer at any offset, and Arrow decoders want a multiple of 8: those are copied. */
function alignBytes(value: unknown, depth: number): unknown {
  if (value instanceof Uint8Array) return value.byteOffset % 8 === 0 ? value : new Uint8Array(value);
  if (depth === deepest || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  for (const [key, item] of Object.entries(value))
    if (typeof item === "object") Reflect.set(value, key, alignBytes(item, depth + 1));
  return value;
}
