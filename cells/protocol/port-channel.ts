import type { Channel } from "./channel.ts";

/** What a channel needs of a `MessagePort`. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  close(): void;
  start(): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** Sent before a port closes: a port by itself does not tell its other end everywhere. */
const goodbye = "cellar-goodbye";

/** A channel over one end of a `MessageChannel`. Messages that come before there is a listener are kept. */
export class PortChannel implements Channel {
  readonly #port: PortLike;
  readonly #closeListeners: (() => void)[] = [];
  readonly #inbox: unknown[] = [];
  #listener: ((message: unknown) => void) | null = null;
  #open = true;

  constructor(port: PortLike) {
    this.#port = port;
    port.addEventListener("message", ({ data }) => {
      if (data === goodbye) this.#shut();
      else if (this.#listener) this.#listener(data);
      else this.#inbox.push(data);
    });
    port.start();
  }

  send(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#open) this.#port.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    for (const message of this.#inbox.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.#open) this.#closeListeners.push(listener);
    else listener();
  }

  close(): void {
    if (!this.#open) return;
    this.#port.postMessage(goodbye, []);
    this.#shut();
  }

  #shut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#port.close();
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
