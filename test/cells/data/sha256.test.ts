import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256, sha256Hex } from "../../../cells/data/sha256.ts";

const reference = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

test("the digest of every length around the block boundaries is that of node:crypto", () => {
  const lengths = Array.from({ length: 260 }, (_, length) => "x".repeat(length));
  expect(lengths.map(sha256Hex)).toEqual(lengths.map(reference));
});

test("the digest of any text, lone surrogates too, is that of node:crypto", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(sha256Hex(text)).toBe(reference(text));
    }),
  );
  expect(sha256Hex("\ud800 é \u{1f600}")).toBe(reference("\ud800 é \u{1f600}"));
});

test("bytes are hashed as they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(Buffer.from(sha256(bytes)).toString("hex")).toBe(reference(bytes));
    }),
  );
});

test("a megabyte is hashed as node:crypto hashes it", () => {
  const text = "0123456789abcdef".repeat(65536);
  expect(sha256Hex(text)).toBe(reference(text));
});
