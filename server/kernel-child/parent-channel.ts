import type { Channel } from "../../cells/protocol/channel.ts";

type Listener = (message: unknown) => void;

/**
 * The IPC to the engine process, taken away from `process`: code of the author's that finds the one does not find the
 * other. The only file here that sends.
 */
export class ParentChannel implements Channel {
  readonly #send: (message: unknown) => unknown;
  readonly #disconnect: () => void;
  readonly #inbox: unknown[] = [];
  readonly #closeListeners: (() => void)[] = [];
  #listener: Listener | null = null;
  #open = true;

  constructor(parent: NodeJS.Process) {
    const { send, disconnect } = parent;
    if (send === undefined || disconnect === undefined)
      throw new Error("the kernel child is started by the engine, with an IPC channel");
    this.#send = send.bind(parent);
    this.#disconnect = disconnect.bind(parent);
    parent.on("message", (message: unknown) => {
      const aligned = alignBytes(message, 0);
      if (this.#listener === null) this.#inbox.push(aligned);
      else this.#listener(aligned);
    });
    parent.once("disconnect", () => this.#shut());
  }

  send(message: unknown): void {
    if (this.#open) this.#send(message);
  }

  onMessage(listener: Listener): void {
    this.#listener = listener;
    for (const message of this.#inbox.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.#open) this.#closeListeners.push(listener);
    else listener();
  }

  close(): void {
    if (this.#open) this.#disconnect();
    this.#shut();
  }

  #shut(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of this.#closeListeners.splice(0)) listener();
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
