import type { Channel } from "./channel.ts";
import { Inbox } from "./inbox.ts";

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
  readonly #inbox = new Inbox();

  join(other: MemoryEnd): void {
    this.#other = other;
  }

  send(message: unknown): void {
    if (!this.#inbox.isOpen) return;
    const copy = structuredClone(message);
    queueMicrotask(() => this.#other?.receive(copy));
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#inbox.onMessage(listener);
  }

  onClose(listener: () => void): void {
    this.#inbox.onClose(listener);
  }

  close(): void {
    this.shut();
    this.#other?.shut();
  }

  receive(message: unknown): void {
    if (this.#inbox.isOpen) this.#inbox.receive(message);
  }

  shut(): void {
    this.#inbox.close();
  }
}
