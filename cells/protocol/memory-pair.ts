import type { Channel } from "./channel.ts";

/**
 * Two ends of one channel in the same memory, for tests and for a kernel that runs in its host's thread. Messages are
 * structured-cloned, so nothing leaks by reference, and arrive in order on later microtasks. `send` throws what
 * `structuredClone` throws.
 */
export function memoryPair(): readonly [Channel, Channel] {
  const left = new MemoryEnd();
  const right = new MemoryEnd();
  left.join(right);
  right.join(left);
  return [left, right];
}

class MemoryEnd implements Channel {
  #other: MemoryEnd | null = null;
  #listener: ((message: unknown) => void) | null = null;
  readonly #closeListeners: (() => void)[] = [];
  readonly #inbox: unknown[] = [];
  #open = true;

  join(other: MemoryEnd): void {
    this.#other = other;
  }

  send(message: unknown): void {
    if (!this.#open) return;
    const copy = structuredClone(message);
    queueMicrotask(() => this.#other?.receive(copy));
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
    this.shut();
    this.#other?.shut();
  }

  receive(message: unknown): void {
    if (!this.#open) return;
    if (this.#listener === null) this.#inbox.push(message);
    else this.#listener(message);
  }

  shut(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
