import { afterEach, describe, expect, test } from "vitest";
import type { ServerEvent } from "../../../src/remote/server-event.ts";
import { EventFeed } from "../../../src/remote/event-feed.ts";
import { FakeServer } from "./fake-server.ts";

const feeds: EventFeed[] = [];
let channels = 0;

/** The locks of one browser: first come, first served. */
function locks(): Pick<LockManager, "request"> {
  const queue: (() => void)[] = [];
  let held = false;
  const request = async (
    _name: string,
    options: { readonly signal: AbortSignal },
    work: () => Promise<void>,
  ): Promise<void> => {
    if (held) await new Promise<void>((resolve) => queue.push(resolve));
    held = true;
    try {
      if (!options.signal.aborted) await work();
    } finally {
      held = false;
      queue.shift()?.();
    }
  };
  return { request: request as LockManager["request"] };
}

interface Tab {
  readonly feed: EventFeed;
  readonly seen: ServerEvent[];
  resumed: number;
  until(isThere: () => boolean): Promise<void>;
}

function browser(server: FakeServer): () => Tab {
  const name = `test-${channels++}`;
  const shared = locks();
  return () => {
    const feed = new EventFeed(
      { api: server.api, version: "1", wait: () => 1 },
      { channel: new BroadcastChannel(name), locks: shared },
    );
    feeds.push(feed);
    let changed = (): void => undefined;
    const tab: Tab = {
      feed,
      seen: [],
      resumed: 0,
      async until(isThere) {
        while (!isThere()) await new Promise<void>((resolve) => (changed = resolve));
      },
    };
    feed.subscribe((message) => {
      if (message.type === "event") tab.seen.push(message.event);
      else tab.resumed++;
      changed();
    });
    feed.onConnection(() => changed());
    feed.start();
    return tab;
  };
}

afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close();
});

const online = (tab: Tab): Promise<void> => tab.until(() => tab.feed.connection.type === "online");
const numbers = (tab: Tab): readonly number[] => tab.seen.map(({ seq }) => seq);

describe("the feed of events", () => {
  test("F20 a stream that is cut at any byte, a thousand times, loses and doubles nothing", async () => {
    const server = new FakeServer();
    const tab = browser(server)();
    await online(tab);
    server.append({ type: "run_changed", run: "r", state: "queued" });
    await tab.until(() => tab.seen.length === 1);
    let seed = 7;
    server.cutAfter = () => 1 + ((seed = (seed * 48271) % 2147483647) % 600);
    for (const stream of [...server.streams]) stream.cut();
    for (let n = 2; n <= 2000; n++)
      server.append({ type: "log", run: "r", asset: null, cell: null, level: "log", text: `line ${n}` });
    await tab.until(() => tab.seen.length >= 2000);
    expect(server.opened).toBeGreaterThan(1000);
    expect(numbers(tab)).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
  });

  test("F21 twelve tabs have one stream, and each hears everything", async () => {
    const server = new FakeServer();
    const open = browser(server);
    const tabs = Array.from({ length: 12 }, open);
    await Promise.all(tabs.map(online));
    for (let n = 0; n < 20; n++) server.append({ type: "log", run: "r", level: "log", text: String(n) });
    await Promise.all(tabs.map((tab) => tab.until(() => tab.seen.length === 20)));
    expect(server.opened).toBe(1);
    expect(tabs.map(numbers)).toEqual(tabs.map(() => Array.from({ length: 20 }, (_, index) => index + 1)));
  });

  test("F21 when the tab with the stream closes, the next goes on where it was", async () => {
    const server = new FakeServer();
    const open = browser(server);
    const first = open();
    await online(first);
    const second = open();
    await online(second);
    server.append({ type: "log", run: "r", level: "log", text: "a" });
    await second.until(() => second.seen.length === 1);
    first.feed.close();
    server.append({ type: "log", run: "r", level: "log", text: "b" });
    await second.until(() => second.seen.length === 2);
    expect(numbers(second)).toEqual([1, 2]);
    expect(second.feed.leads).toBe(true);
  });

  test("a change of a file, which is in no log, is told as it is", async () => {
    const server = new FakeServer();
    const tab = browser(server)();
    await online(tab);
    server.append({ type: "run_changed", run: "r", state: "queued" });
    server.append({ type: "notebook_changed", path: "a.html", revision: "1" });
    await tab.until(() => tab.seen.length === 2);
    expect(tab.seen.at(-1)?.fact).toEqual({ type: "notebook_changed", path: "a.html", revision: "1" });
  });

  test("a server that stops is said to have stopped; when it is back, listeners hear that they may have missed something", async () => {
    const server = new FakeServer();
    const tab = browser(server)();
    await online(tab);
    server.isUp = false;
    for (const stream of [...server.streams]) stream.cut();
    await tab.until(() => tab.feed.connection.type === "stopped");
    server.isUp = true;
    tab.feed.retry();
    await online(tab);
    expect(tab.resumed).toBe(1);
  });

  test("F29 another version of the server ends the stream with a word to reload", async () => {
    const server = new FakeServer();
    const tab = browser(server)();
    await online(tab);
    server.version = "2";
    for (const stream of [...server.streams]) stream.cut();
    await tab.until(() => tab.feed.connection.type === "outdated");
    expect(tab.feed.connection).toEqual({ type: "outdated", server: "2" });
  });

  test("a refused token ends the stream and is not tried again", async () => {
    const server = new FakeServer();
    server.refuses = true;
    const tab = browser(server)();
    await tab.until(() => tab.feed.connection.type === "refused");
    expect(server.opened).toBe(0);
  });
});
