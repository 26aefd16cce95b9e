import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SseParser, type SseMessage } from "../../../cells/api/sse-parser.ts";

function readAll(pieces: readonly string[]): readonly SseMessage[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

describe("server-sent events", () => {
  const cases: readonly (readonly [name: string, text: string, messages: readonly SseMessage[]])[] = [
    ["one event", "id: 7\ndata: {}\n\n", [{ id: "7", data: "{}" }]],
    ["a comment is no event", ": open\n\n", []],
    ["lines of data are joined", "data: a\ndata: b\n\n", [{ id: null, data: "a\nb" }]],
    [
      "one space after the colon is not of the value",
      "data:x\n\ndata:  y\n\n",
      [
        { id: null, data: "x" },
        { id: null, data: " y" },
      ],
    ],
    [
      "CRLF and CR end lines too",
      "data: a\r\n\r\ndata: b\r\rx",
      [
        { id: null, data: "a" },
        { id: null, data: "b" },
      ],
    ],
    ["an event without its blank line has not come", "data: a\n", []],
    [
      "the id stays",
      "id: 1\ndata: a\n\ndata: b\n\n",
      [
        { id: "1", data: "a" },
        { id: "1", data: "b" },
      ],
    ],
  ];
  test.each(cases)("%s", (_name, text, messages) => expect(readAll([text])).toEqual(messages));

  test("where the pieces are cut makes no difference", () => {
    const message = fc.record({
      id: fc.nat(),
      data: fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text)),
    });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(500)), fc.constantFrom("\n", "\r\n"), (messages, cuts, end) => {
        const text = messages.map(({ id, data }) => `id: ${id}${end}data: ${data}${end}${end}`).join("");
        const places = [...new Set(cuts.filter((cut) => cut < text.length))].sort((a, b) => a - b);
        const pieces = [0, ...places].map((from, index) => text.slice(from, places[index]));
        expect(readAll(pieces)).toEqual(messages.map(({ id, data }) => ({ id: String(id), data })));
      }),
    );
  });
});
