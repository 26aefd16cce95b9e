import { framePorts, frameReady, type DocumentEvent, type FrameRequest } from "../../cells/protocol/document.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { KernelCommand, KernelEvent, TrialRequest } from "../../cells/protocol/kernel.ts";
import { Peer, type Handler } from "../../cells/protocol/peer.ts";
import { PortChannel } from "../../cells/protocol/port-channel.ts";
import { readFrameRequest } from "../../cells/protocol/read-document.ts";
import { readKernelEvent } from "./read-kernel-event.ts";

/** What the shell does about what a frame sends. */
export interface FrameOwner {
  readonly documentHandlers: Readonly<Record<string, Handler>>;
  readonly kernelHandlers: Readonly<Record<string, Handler>>;
  /** the frame is there and can be told things */
  opened(): void;
  request(request: FrameRequest): void;
  /** what the kernel told, in order */
  kernelEvents(events: readonly KernelEvent[]): void;
  /** another event of the kernel's channel, such as `log` */
  kernelMessage(name: string, payload: unknown): void;
  /** whether the frame answers; told when that changes */
  answers(answering: boolean): void;
}

/** How often a frame is asked for a sign of life, and after how long without one it counts as hung. */
export interface WatchTimes {
  readonly pingMs: number;
  readonly hungMs: number;
}

const defaultWatch: WatchTimes = { pingMs: 1000, hungMs: 4000 };

/**
 * One frame: an opaque origin in another process, reached only by two ports. The ports are handed over to a document whose
 * origin is `null` and to no other, so that one that lost its sandbox gets nothing.
 */
export class FrameLink {
  readonly element: HTMLIFrameElement;
  readonly #owner: FrameOwner;
  readonly #watch: WatchTimes;
  #document: Peer | null = null;
  #kernel: Peer | null = null;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #answeredAt = 0;
  #answering = true;
  #pings = 0;

  constructor(url: string, owner: FrameOwner, watch: WatchTimes = defaultWatch) {
    this.#owner = owner;
    this.#watch = watch;
    this.element = document.createElement("iframe");
    this.element.title = "Notebook";
    this.element.src = url;
    window.addEventListener("message", this.#onMessage);
  }

  send(event: DocumentEvent): void {
    this.#document?.emit(event.type, event);
  }

  /** Sends commands that are carried out together. */
  kernel(...commands: readonly KernelCommand[]): void {
    this.#kernel?.emit("kernel", commands);
  }

  /** Computes a name in the kernel and takes its value out. */
  take(name: string, signal?: AbortSignal): Promise<unknown> {
    return this.#kernel?.call("take", { name }, signal) ?? Promise.reject(new Error("the notebook is not open"));
  }

  /** Computes cells apart from the notebook. Its host calls come under `trial:` and their names. */
  trial(request: TrialRequest, signal: AbortSignal): Promise<unknown> {
    return this.#kernel?.call("trial", request, signal) ?? Promise.reject(new Error("the notebook is not open"));
  }

  picture(cell: number, format: "svg" | "png", signal?: AbortSignal): Promise<unknown> {
    return (
      this.#document?.call("picture", { cell, format }, signal) ?? Promise.reject(new Error("the notebook is not open"))
    );
  }

  /** Ends the frame and what it runs at once, whether or not it answers. */
  close(): void {
    window.removeEventListener("message", this.#onMessage);
    clearInterval(this.#pingTimer);
    this.element.remove();
    this.#document?.close();
    this.#kernel?.close();
  }

  readonly #onMessage = (event: MessageEvent<unknown>): void => {
    if (event.source === null || event.source !== this.element.contentWindow || !isRecord(event.data)) return;
    if (event.data["type"] !== frameReady || event.origin !== "null") return;
    // the notebook's own code can send this too: one document is opened, once
    if (this.#document !== null) return;
    const documentChannel = new MessageChannel();
    const kernelChannel = new MessageChannel();
    this.#document = new Peer({
      channel: new PortChannel(documentChannel.port1),
      handlers: this.#owner.documentHandlers,
      onEvent: (_name, payload) => this.#request(payload),
    });
    this.#kernel = new Peer({
      channel: new PortChannel(kernelChannel.port1),
      handlers: this.#owner.kernelHandlers,
      onEvent: (name, payload) => this.#kernelEvent(name, payload),
    });
    // an opaque origin has no name to address; the check above stands for it
    this.element.contentWindow?.postMessage({ type: framePorts }, "*", [documentChannel.port2, kernelChannel.port2]);
    this.#owner.opened();
    this.#answeredAt = performance.now();
    this.#pingTimer = setInterval(() => this.#ping(), this.#watch.pingMs);
  };

  #request(payload: unknown): void {
    const request = readFrameRequest(payload);
    if (request === null) return;
    this.#alive();
    if (request.type !== "pong") this.#owner.request(request);
  }

  #kernelEvent(name: string, payload: unknown): void {
    this.#alive();
    if (name !== "kernel") return this.#owner.kernelMessage(name, payload);
    const events = Array.isArray(payload) ? payload.flatMap((event: unknown) => readKernelEvent(event) ?? []) : [];
    if (events.length > 0) this.#owner.kernelEvents(events);
  }

  #alive(): void {
    this.#answeredAt = performance.now();
    this.#setAnswering(true);
  }

  #ping(): void {
    // timers of a hidden page are slowed down, on both sides
    if (document.hidden) this.#answeredAt = performance.now();
    else if (performance.now() - this.#answeredAt > this.#watch.hungMs) this.#setAnswering(false);
    this.send({ type: "ping", id: ++this.#pings });
  }

  #setAnswering(answering: boolean): void {
    if (answering === this.#answering) return;
    this.#answering = answering;
    this.#owner.answers(answering);
  }
}
