import { encodeError, decodeError, type WireError } from "../../../cells/errors.ts";
import type { KernelCommand } from "../../../cells/protocol/kernel.ts";
import type { Handler } from "../../../cells/protocol/peer.ts";
import { FrameLink } from "../../../src/notebook/frame-link.ts";
import { decodeWire, encodeWire } from "./wire.ts";

/** What the test in Node gives the page to call. */
export interface Bridge {
  hostCall(id: number, method: string, request: string): Promise<string>;
  hostCancel(id: number): Promise<void>;
  tell(name: string, payload: string): Promise<void>;
}

declare const self: Bridge;

/** A real frame whose kernel is driven from Node, and whose host is there too. */
export function bareKernel() {
  let link: FrameLink | null = null;
  let calls = 0;
  const handler =
    (method: string): Handler =>
    async (request, signal) => {
      const id = ++calls;
      signal.addEventListener("abort", () => void self.hostCancel(id), { once: true });
      const answer = decodeWire(await self.hostCall(id, method, encodeWire(request))) as {
        readonly value?: unknown;
        readonly error?: WireError;
      };
      if (answer.error) throw decodeError(answer.error);
      return answer.value;
    };
  const takes = new Map<number, AbortController>();
  return {
    start(): Promise<void> {
      return new Promise((resolve) => {
        link = new FrameLink("/frame", {
          documentHandlers: {},
          kernelHandlers: Object.fromEntries(
            ["query", "rows", "put", "asset", "file"].map((method) => [method, handler(method)]),
          ),
          opened: () => resolve(),
          request: () => {},
          kernelEvents: (events) => {
            for (const event of events) void self.tell("kernel", encodeWire(event));
          },
          kernelMessage: (name, payload) => void self.tell(name, encodeWire(payload)),
          answers: () => {},
        });
        document.body.replaceChildren(link.element);
      });
    },
    send: (commands: readonly string[]): void =>
      link?.kernel(...commands.map((command) => decodeWire(command) as KernelCommand)),
    async take(id: number, name: string): Promise<string> {
      const controller = new AbortController();
      takes.set(id, controller);
      try {
        return encodeWire({ value: await link?.take(name, controller.signal) });
      } catch (error) {
        return encodeWire({ error: encodeError(error) });
      }
    },
    cancelTake: (id: number, reason: string): void =>
      takes.get(id)?.abort(decodeError(decodeWire(reason) as WireError)),
    close: (): void => link?.close(),
  };
}
