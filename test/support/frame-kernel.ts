import type { Page } from "playwright-core";
import { decodeError, encodeError, type WireError } from "../../cells/errors.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { KernelEvent, TakenValue } from "../../cells/protocol/kernel.ts";
import type { KernelUnderTest } from "../conformance/kernel.ts";
import { decodeWire, encodeWire } from "./page/wire.ts";

/** Drives the kernel of a real frame from Node. The page is the test page; one kernel at a time. */
export async function frameKernels(page: Page): Promise<(host: KernelHost) => Promise<KernelUnderTest>> {
  let host: KernelHost | null = null;
  let events: KernelEvent[] = [];
  const waiting: (() => void)[] = [];
  const calls = new Map<number, AbortController>();
  await page.exposeFunction(
    "hostCall",
    async (id: number, method: keyof Omit<KernelHost, "log" | "meta">, request: string) => {
      const controller = new AbortController();
      calls.set(id, controller);
      try {
        if (host === null) throw new Error("no host");
        const call: ((request: never, signal: AbortSignal) => Promise<unknown>) | undefined = host[method]?.bind(host);
        if (call === undefined) throw new Error(`the host has no ${method}`);
        return encodeWire({ value: await call(decodeWire(request) as never, controller.signal) });
      } catch (error) {
        return encodeWire({ error: encodeError(error) });
      }
    },
  );
  await page.exposeFunction("hostCancel", (id: number) => calls.get(id)?.abort());
  await page.exposeFunction("tell", (name: string, payload: string) => {
    const value = decodeWire(payload);
    if (name === "log") return host?.log(value as Parameters<KernelHost["log"]>[0]);
    const event = value as KernelEvent;
    events.push(event);
    if (event.type === "settled") for (const resolve of waiting.splice(0)) resolve();
  });
  let takes = 0;
  const queued: string[] = [];
  // commands are sent in order, each when the one before has left
  let sending: Promise<unknown> = Promise.resolve();
  return async (given) => {
    // what the one before still tells is not for this one
    await sending;
    queued.length = 0;
    await page.evaluate("page.kernel.close()");
    host = given;
    events = [];
    calls.clear();
    await page.evaluate("page.kernel.start()");
    const own = events;
    return {
      events: own,
      send(command) {
        // what is sent together arrives together, as from a shell, and what is sent behind a take arrives behind it
        if (queued.push(encodeWire(command)) > 1) return;
        sending = sending.then(() =>
          page.evaluate((commands) => Reflect.get(globalThis, "page").kernel.send(commands), queued.splice(0)),
        );
      },
      async take(name, signal) {
        const id = ++takes;
        await sending;
        const answer = page.evaluate(
          ([take, wanted]) => Reflect.get(globalThis, "page").kernel.take(take, wanted) as string,
          [id, name] as const,
        );
        signal?.addEventListener("abort", () => {
          const reason = encodeWire(encodeError(signal.reason));
          void page.evaluate(([take, text]) => Reflect.get(globalThis, "page").kernel.cancelTake(take, text), [
            id,
            reason,
          ] as const);
        });
        const { value, error } = decodeWire(await answer) as {
          readonly value?: TakenValue;
          readonly error?: WireError;
        };
        if (error) throw decodeError(error);
        if (value === undefined) throw new Error(`${name} gave nothing`);
        return value;
      },
      settled: () => new Promise((resolve) => waiting.push(resolve)),
      close() {
        sending = sending.then(() => page.evaluate("page.kernel.close()")).catch(() => {});
      },
    };
  };
}
