/** The receiving end of a channel: keeps messages until there is a listener for them, and tells once that the channel is closed. */
export class Inbox {
  readonly #kept: unknown[] = [];
  readonly #closeListeners: (() => void)[] = [];
  #listener: ((message: unknown) => void) | null = null;
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }

  receive(message: unknown): void {
    if (this.#listener === null) this.#kept.push(message);
    else this.#listener(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    for (const message of this.#kept.splice(0)) listener(message);
  }

  /** A listener that comes after the end is told at once. */
  onClose(listener: () => void): void {
    if (this.#open) this.#closeListeners.push(listener);
    else listener();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
