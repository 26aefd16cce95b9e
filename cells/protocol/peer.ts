import { AppError, decodeError, encodeError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { readEnvelope, type Envelope } from "./envelope.ts";

/** Answers a call. What it returns crosses the channel; what it throws arrives as an error of the same code. */
export type Handler = (request: unknown, signal: AbortSignal) => unknown;

/** What a peer does with what the other side sends. */
export interface PeerOptions {
  readonly channel: Channel;
  /** by method name; a call of another name fails with `protocol` */
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly onEvent?: (name: string, payload: unknown) => void;
  /** told of every message that was not understood, and of an event listener that threw; the message is then ignored */
  readonly onProblem?: (problem: AppError) => void;
}

interface Pending {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls, cancels and one-way events over a channel, the same on both sides. An aborted call rejects at once with the
 * signal's reason and aborts the signal of the handler at the other side. When the channel closes, every pending call
 * rejects with `protocol` and every running handler's signal aborts.
 */
export class Peer {
  readonly #channel: Channel;
  readonly #handlers: Readonly<Record<string, Handler>>;
  readonly #onEvent: (name: string, payload: unknown) => void;
  readonly #onProblem: (problem: AppError) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #answering = new Map<number, AbortController>();
  #nextId = 1;
  #open = true;

  constructor({ channel, handlers = {}, onEvent = () => {}, onProblem = () => {} }: PeerOptions) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#onEvent = onEvent;
    this.#onProblem = onProblem;
    channel.onClose(() => this.#closed());
    channel.onMessage((message) => this.#receive(message));
  }

  /** Calls `method` at the other side. Whole buffers in the request are moved where the channel can move them. */
  call(method: string, request: unknown, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(closedError(method));
      if (signal?.aborted) return reject(signal.reason);
      const id = this.#nextId++;
      const onAbort = (): void => {
        this.#pending.delete(id);
        this.#send({ type: "cancel", id });
        reject(signal?.reason);
      };
      const done = (): void => signal?.removeEventListener("abort", onAbort);
      this.#pending.set(id, {
        method,
        resolve: (value) => (done(), resolve(value)),
        reject: (error) => (done(), reject(error)),
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        this.#send({ type: "call", id, method, request });
      } catch (cause) {
        this.#pending.delete(id);
        done();
        reject(
          new AppError("protocol", `the request of ${method} cannot cross the channel: ${String(cause)}`, { cause }),
        );
      }
    });
  }

  /** Sends a one-way event. Throws `protocol` where the payload cannot be copied. */
  emit(name: string, payload: unknown): void {
    try {
      this.#send({ type: "event", name, payload });
    } catch (cause) {
      throw new AppError("protocol", `the event ${name} cannot cross the channel: ${String(cause)}`, { cause });
    }
  }

  close(): void {
    this.#channel.close();
    this.#closed();
  }

  #send(envelope: Envelope): void {
    if (this.#open) this.#channel.send(envelope, wholeBuffers(envelope));
  }

  #receive(message: unknown): void {
    const envelope = readEnvelope(message);
    if (envelope === null)
      return this.#onProblem(new AppError("protocol", "a message was not understood; it is ignored"));
    switch (envelope.type) {
      case "call":
        return void this.#answer(envelope.id, envelope.method, envelope.request);
      case "cancel":
        return this.#answering.get(envelope.id)?.abort(new AppError("cell_cancelled", "the call was cancelled"));
      case "result":
        return this.#take(envelope.id)?.resolve(envelope.value);
      case "failure":
        return this.#take(envelope.id)?.reject(decodeError(envelope.error));
      case "event":
        try {
          return this.#onEvent(envelope.name, envelope.payload);
        } catch (cause) {
          return this.#onProblem(new AppError("protocol", `the event ${envelope.name} was not understood`, { cause }));
        }
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  async #answer(id: number, method: string, request: unknown): Promise<void> {
    const handler = Object.hasOwn(this.#handlers, method) ? this.#handlers[method] : undefined;
    const controller = new AbortController();
    this.#answering.set(id, controller);
    try {
      if (handler === undefined) throw new AppError("protocol", `no method is named ${JSON.stringify(method)}`);
      this.#send({ type: "result", id, value: await handler(request, controller.signal) });
    } catch (error) {
      this.#send({ type: "failure", id, error: encodeError(error) });
    } finally {
      this.#answering.delete(id);
    }
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { method, reject } of pending) reject(closedError(method));
    for (const controller of this.#answering.values()) controller.abort(closedError("the call"));
    this.#answering.clear();
  }
}

function closedError(what: string): AppError {
  return new AppError("protocol", `the channel closed before ${what} was answered`);
}

/** Buffers that the message holds whole: only these may be moved, since a view's neighbours would go with it. */
function wholeBuffers(envelope: Envelope): readonly ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown, depth: number): void => {
    if (value instanceof Uint8Array) {
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
        buffers.add(value.buffer);
    } else if (depth > 0 && typeof value === "object" && value !== null && !Array.isArray(value))
      for (const item of Object.values(value)) visit(item, depth - 1);
  };
  if (envelope.type === "call") visit(envelope.request, 2);
  if (envelope.type === "result") visit(envelope.value, 2);
  return [...buffers];
}
