import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import type { Channel } from "../../../cells/protocol/channel.ts";
import { memoryPair } from "../../../cells/protocol/memory-pair.ts";
import { Peer, type Handler } from "../../../cells/protocol/peer.ts";

function pair(handlers: Readonly<Record<string, Handler>>): {
  readonly near: Peer;
  readonly far: Channel;
  readonly problems: AppError[];
  readonly events: unknown[];
} {
  const [left, right] = memoryPair();
  const problems: AppError[] = [];
  const events: unknown[] = [];
  new Peer({
    channel: right,
    handlers,
    onEvent: (name, payload) => {
      if (name === "explode") throw new Error("boom");
      events.push([name, payload]);
    },
    onProblem: (problem) => problems.push(problem),
  });
  return { near: new Peer({ channel: left }), far: left, problems, events };
}

test("a call is answered, several at once, in any order", async () => {
  const waiting = new Map<number, () => void>();
  const { near } = pair({
    later: (request) => new Promise((resolve) => waiting.set(Number(request), () => resolve(Number(request) * 2))),
  });
  const calls = [1, 2, 3].map((n) => near.call("later", n));
  await expect.poll(() => waiting.size).toBe(3);
  for (const n of [3, 1, 2]) waiting.get(n)?.();
  expect(await Promise.all(calls)).toEqual([2, 4, 6]);
});

test("nothing leaks by reference", async () => {
  const given = { list: [1] };
  const { near } = pair({ keep: (request) => ((request as typeof given).list.push(2), request) });
  expect(await near.call("keep", given)).toEqual({ list: [1, 2] });
  expect(given).toEqual({ list: [1] });
});

test.each([
  ["an AppError with code and data", new AppError("query_failed", "no table", { data: { position: 7 } })],
  ["another error with its name", new TypeError("bad")],
])("an error crosses as %s", async (_what, error) => {
  const { near } = pair({
    fail: () => {
      throw error;
    },
  });
  const got = await near.call("fail", null).catch((thrown: unknown) => thrown);
  expect(got).toMatchObject({ name: error.name, message: error.message });
  if (error instanceof AppError) expect(got).toMatchObject({ code: error.code, data: error.data });
});

test("an unknown method fails with protocol", async () => {
  const { near } = pair({});
  await expect(near.call("toString", null)).rejects.toMatchObject({
    code: "protocol",
    message: 'no method is named "toString"',
  });
});

test("what cannot be cloned fails its call, in both directions", async () => {
  const { near } = pair({ give: () => () => 1 });
  await expect(near.call("give", () => 1)).rejects.toMatchObject({ code: "protocol" });
  await expect(near.call("give", 1)).rejects.toThrow();
  expect(() => near.emit("x", () => 1)).toThrow("cannot cross the channel");
});

test("an abort rejects at once and aborts the handler's signal; a late answer is ignored", async () => {
  const aborted: unknown[] = [];
  const { near } = pair({
    wait: (_request, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          aborted.push(signal.reason);
          resolve("late");
        }),
      ),
    echo: (request) => request,
  });
  const controller = new AbortController();
  const call = near.call("wait", null, controller.signal);
  await near.call("echo", 1);
  controller.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  await expect.poll(() => aborted).toHaveLength(1);
  expect(await near.call("echo", 2)).toBe(2);
  await expect(near.call("echo", 3, controller.signal)).rejects.toThrow("enough");
});

test("closing rejects what is pending and aborts what is answered", async () => {
  const signals: AbortSignal[] = [];
  const { near, far } = pair({ wait: (_request, signal) => new Promise(() => signals.push(signal)) });
  const call = near.call("wait", null);
  await expect.poll(() => signals.length).toBe(1);
  far.close();
  await expect(call).rejects.toMatchObject({
    code: "protocol",
    message: "the channel closed before wait was answered",
  });
  expect(signals[0]?.aborted).toBe(true);
  await expect(near.call("wait", null)).rejects.toMatchObject({ code: "protocol" });
});

test("events arrive in order; a listener that throws is a problem and no more", async () => {
  const { near, events, problems } = pair({ echo: (request) => request });
  near.emit("a", 1);
  near.emit("explode", 2);
  near.emit("b", { c: [3] });
  await near.call("echo", null);
  expect(events).toEqual([
    ["a", 1],
    ["b", { c: [3] }],
  ]);
  expect(problems.map(({ code }) => code)).toEqual(["protocol"]);
});

test("whatever comes in, a peer does not throw, and goes on answering", async () => {
  const ids = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null));
  const envelope = fc.record(
    {
      type: fc.oneof(fc.constantFrom("call", "cancel", "result", "failure", "event"), fc.string()),
      id: ids,
      method: fc.oneof(fc.constant("__proto__"), fc.string(), fc.integer()),
      name: fc.oneof(fc.string(), fc.integer()),
      error: fc.oneof(
        fc.string(),
        fc.record({ name: fc.string(), message: fc.string(), code: fc.string(), data: fc.anything() }),
      ),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(envelope, fc.jsonValue()), { maxLength: 20 }), async (messages) => {
      const { near, far } = pair({ echo: (request) => request });
      for (const message of messages)
        try {
          far.send(message);
        } catch {
          // what cannot be cloned never leaves
        }
      expect(await near.call("echo", "still here")).toBe("still here");
    }),
    { numRuns: 200 },
  );
});

test("bytes: whole buffers are offered for transfer, views of larger ones are not", () => {
  const sent: (readonly ArrayBuffer[] | undefined)[] = [];
  const channel: Channel = {
    send: (_message, transfer) => void sent.push(transfer),
    onMessage() {},
    onClose() {},
    close() {},
  };
  const peer = new Peer({ channel });
  const whole = new Uint8Array(8);
  const view = new Uint8Array(new ArrayBuffer(16), 0, 8);
  void peer.call("put", { cell: 1, name: "a", arrow: whole }).catch(() => {});
  void peer.call("put", { cell: 1, name: "a", arrow: view }).catch(() => {});
  expect(sent).toEqual([[whole.buffer], []]);
});
