import { connect } from "node:net";
import { expect, test } from "vitest";
import type { LogEvent } from "../../server/store/store.ts";
import { startServer } from "../support/workspace.ts";

const cuts = 120;

/** A small generator of numbers in [0, 1), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Heard {
  readonly seqs: readonly number[];
  readonly texts: readonly string[];
}

/** Reads the stream and cuts the connection after so many bytes; only what is whole counts, as in a browser. */
function listen(
  server: { readonly origin: string; readonly token: string },
  resume: { readonly by: "header" | "query"; readonly after: number },
  bytes: number,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.origin);
    const socket = connect(Number(port), hostname);
    let raw = "";
    let left = bytes;
    const query = resume.by === "query" ? `?after=${resume.after}` : "";
    const header = resume.by === "header" ? `last-event-id: ${resume.after}\r\n` : "";
    socket.write(
      `GET /api/events${query} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${server.token}\r\n${header}\r\n`,
    );
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      raw += chunk.slice(0, left);
      left -= chunk.length;
      if (left <= 0) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heardOf(raw)));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`nothing more came: ${raw.slice(0, 300)}`)));
  });
}

function heardOf(raw: string): Heard {
  const body = unchunked(raw.slice(raw.indexOf("\r\n\r\n") + 4));
  const whole = body.slice(0, body.lastIndexOf("\n\n") + 2);
  const events = whole.split("\n\n").flatMap((block) => {
    const id = /^id: (\d+)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return id === undefined || data === undefined
      ? []
      : [{ id: Number(id), data: JSON.parse(data) as { seq: number } }];
  });
  for (const { id, data } of events) expect(data.seq).toBe(id);
  return {
    seqs: events.map(({ id }) => id),
    texts: events.map(({ data }) => (data as unknown as { event: { text: string } }).event.text),
  };
}

function unchunked(text: string): string {
  let out = "";
  for (let at = 0; ;) {
    const end = text.indexOf("\r\n", at);
    const size = end < 0 ? NaN : parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return out;
    out += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

test(
  `F20 P7 an event stream that is cut ${cuts} times at random bytes and resumed has no gap and no duplicate`,
  { timeout: 120_000 },
  async () => {
    await using server = await startServer({});
    const { store } = server.workspace;
    const random = randomOf(20);
    const before = await store.lastSeq();
    let written = 0;
    const append = async () => {
      const events = Array.from({ length: 1 + Math.floor(random() * 20) }, (): LogEvent => ({
        type: "log",
        run: "r",
        asset: null,
        cell: null,
        level: "info",
        text: `${++written} ${"é".repeat(Math.floor(random() * 30))}`,
      }));
      await store.append(events, 0);
    };
    // so much is there from the start that no cut waits for more
    while (written < cuts * 12) await append();
    const heard: Heard[] = [];
    let after = before;
    for (let cut = 0; cut < cuts; cut++) {
      // the log grows meanwhile
      const growing = append();
      const part = await listen(
        server,
        { by: cut % 2 === 0 ? "header" : "query", after },
        200 + Math.floor(random() * 2000),
      );
      heard.push(part);
      after = part.seqs.at(-1) ?? after;
      await growing;
    }
    const seqs = heard.flatMap((part) => part.seqs);
    expect(seqs.length).toBeGreaterThan(cuts);
    expect(seqs).toEqual(seqs.map((_, n) => before + 1 + n));
    expect(heard.flatMap((part) => part.texts.map((text) => parseInt(text, 10)))).toEqual(seqs.map((_, n) => n + 1));
    console.log(`${cuts} cuts, ${seqs.length} events`);
  },
);

test("F20 a stream from a number tells what is there and then what happens; one without begins now", async () => {
  await using server = await startServer({});
  const { store } = server.workspace;
  const log = (text: string): LogEvent => ({ type: "log", run: "r", asset: null, cell: null, level: "info", text });
  await store.append([log("one"), log("two")], 0);
  const last = await store.lastSeq();
  const stop = new AbortController();
  const open = (headers: Record<string, string>, query: string) =>
    fetch(`${server.origin}/api/events${query}`, {
      headers: { authorization: `Bearer ${server.token}`, ...headers },
      signal: stop.signal,
    });
  const textsOf = async (response: Response, wanted: number) => {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (text.split("id: ").length <= wanted) text += (await reader?.read())?.value ?? "";
    return [...text.matchAll(/"text":"(\w+)"/g)].map((match) => match[1]);
  };
  expect(await textsOf(await open({}, `?after=${last - 1}`), 1)).toEqual(["two"]);
  expect(await textsOf(await open({ "last-event-id": String(last - 2) }, "?after=0"), 2)).toEqual(["one", "two"]);
  const now = [await open({}, ""), await open({ "last-event-id": "" }, "")];
  await store.append([log("three")], 0);
  expect(await Promise.all(now.map((response) => textsOf(response, 1)))).toEqual([["three"], ["three"]]);
  stop.abort();
  for (const wrong of ["-1", "x", "1.5", "9e99"])
    expect(
      (
        await fetch(`${server.origin}/api/events`, {
          headers: { authorization: `Bearer ${server.token}`, "last-event-id": wrong },
        })
      ).status,
    ).toBe(400);
});

test("a server with open streams stops at once", async () => {
  const server = await startServer({});
  const response = await fetch(`${server.origin}/api/events`, { headers: { authorization: `Bearer ${server.token}` } });
  const ended = response.text().catch(() => "cut");
  const began = performance.now();
  await server[Symbol.asyncDispose]();
  await ended;
  expect(performance.now() - began).toBeLessThan(3_000);
});
