import type { Channel } from "./channel.ts";
import { Inbox } from "./inbox.ts";

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
  readonly #inbox = new Inbox();

  constructor(port: PortLike) {
    this.#port = port;
    port.addEventListener("message", ({ data }) => {
      if (data === goodbye) this.#shut();
      else this.#inbox.receive(data);
    });
    port.start();
  }

  send(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#inbox.isOpen) this.#port.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#inbox.onMessage(listener);
  }

  onClose(listener: () => void): void {
    this.#inbox.onClose(listener);
  }

  close(): void {
    if (!this.#inbox.isOpen) return;
    this.#port.postMessage(goodbye, []);
    this.#shut();
  }

  #shut(): void {
    if (!this.#inbox.isOpen) return;
    this.#port.close();
    this.#inbox.close();
  }
}
