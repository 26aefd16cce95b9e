import { expect, test } from "vitest";
import { IpcChannel } from "../../../cells/protocol/ipc-channel.ts";

/** An end that is driven by hand. */
function fakeEnd() {
  const sent: unknown[] = [];
  let listener: (message: unknown) => void = () => undefined;
  let gone: () => void = () => undefined;
  let isConnected = true;
  const disconnect = (): void => {
    isConnected = false;
    gone();
  };
  return {
    sent,
    disconnect,
    receive: (message: unknown) => listener(message),
    end: {
      send: (message: unknown) => void sent.push(message),
      disconnect,
      isConnected: () => isConnected,
      onMessage: (to: (message: unknown) => void) => void (listener = to),
      onDisconnect: (to: () => void) => void (gone = to),
    },
  };
}

test("what came before there was a listener is kept for it, in order", () => {
  const { end, receive } = fakeEnd();
  const channel = new IpcChannel(end);
  receive(1);
  receive(2);
  const heard: unknown[] = [];
  channel.onMessage((message) => heard.push(message));
  receive(3);
  expect(heard).toEqual([1, 2, 3]);
});

test("bytes at an odd place of a larger buffer arrive at a multiple of 8", () => {
  const { end, receive } = fakeEnd();
  const heard: { readonly request: { readonly arrow: Uint8Array } }[] = [];
  new IpcChannel(end).onMessage((message) => heard.push(message as (typeof heard)[number]));
  const buffer = new Uint8Array(32).map((_, i) => i);
  receive({ request: { arrow: buffer.subarray(3, 7) } });
  receive({ request: { arrow: buffer.subarray(8, 12) } });
  expect(heard.map(({ request: { arrow } }) => [arrow.byteOffset % 8, [...arrow]])).toEqual([
    [0, [3, 4, 5, 6]],
    [0, [8, 9, 10, 11]],
  ]);
});

test("once either side is gone nothing is sent, and each listener hears of it once", () => {
  const { end, sent, disconnect } = fakeEnd();
  const channel = new IpcChannel(end);
  const heard: string[] = [];
  channel.onClose(() => heard.push("first"));
  channel.send("a");
  disconnect();
  channel.send("b");
  channel.close();
  channel.onClose(() => heard.push("late"));
  expect([sent, heard]).toEqual([["a"], ["first", "late"]]);
});
