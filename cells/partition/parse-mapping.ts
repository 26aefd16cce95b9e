import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import type { DimensionMapping, PartitionMapping } from "./definition.ts";
import { failAt, type Piece, piecesOutside, unquote } from "./words.ts";

const types = [
  ...["all", "same", "latest", "last", "window", "offset", "specific", "map", "dimension", "dimensions", "function"],
];
const forms =
  "write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping], dimensions UPSTREAM=NAME [mapping], … or function NAME; behind it, allow missing";

/**
 * Reads one mapping of an `upstream` attribute: `all`, `same`, `latest`, `last 7`, `window`, `offset -1..0`,
 * `specific a b`, `map a=b a=c`, `dimension date last 7`, `dimensions day=week window, region same`, `function quarter`,
 * each also with `allow missing` behind it. Throws `attribute_invalid` naming the word that is wrong, with its column in `data.column`.
 */
export function parsePartitionMapping(text: string): PartitionMapping {
  const piece = { text, at: 0 };
  return readMapping(piecesOutside(piece, /\s/), piece);
}

function readMapping(words: readonly Piece[], whole: Piece): PartitionMapping {
  if (words.length > 2 && words.at(-2)?.text === "allow" && words.at(-1)?.text === "missing")
    return { type: "allow_missing", mapping: readMapping(words.slice(0, -2), whole) };
  const [first = { text: "", at: whole.at }, ...rest] = words;
  const type = first.text;
  const [next] = rest;
  switch (type) {
    case "all":
    case "same":
    case "latest":
      if (next) failAt(next.at, `${type} stands alone, not before ${quote(next.text)}; take that out`);
      return { type };
    case "window":
      if (next) failAt(next.at, `window stands alone, not before ${quote(next.text)}; write offset -1..0 to shift it`);
      return { type: "window", startOffset: 0, endOffset: 0 };
    case "last":
      return readLast(first, rest);
    case "offset":
      return readOffsets(first, rest);
    case "specific":
      if (!next) failAt(first.at, "specific has no keys; write them behind it, as specific 2024-01-01");
      return { type: "specific", keys: rest.map(({ text }) => unquote(text)) };
    case "map":
      return readMap(first, rest);
    case "dimension":
      return readDimension(rest, whole);
    case "dimensions":
      return { type: "dimensions", dimensions: readDimensions(first, rest, whole) };
    case "function":
      return readFunction(first, rest);
    default:
      return failAt(first.at, `${quote(whole.text.trim())} is no mapping; ${didYouMean(type, types)}${forms}`);
  }
}

function readLast(last: Piece, words: readonly Piece[]): PartitionMapping {
  const [count, other] = words;
  if (count === undefined || !/^[1-9]\d{0,8}$/.test(count.text) || other)
    failAt((count ?? last).at, `last takes a number above zero, not ${quote(textOf(words))}; write it as last 7`);
  return { type: "last", count: Number(count.text) };
}

function readOffsets(offset: Piece, words: readonly Piece[]): PartitionMapping {
  const [first = offset] = words;
  const joined = words.map(({ text }) => text).join("");
  const [, start, end] = /^([+-]?\d{1,6})(?:\.\.([+-]?\d{1,6}))?$/.exec(joined) ?? [];
  if (start === undefined)
    failAt(
      first.at,
      `offset takes numbers of windows, not ${quote(textOf(words))}; write it as offset -1 or offset -1..0`,
    );
  const [startOffset, endOffset] = [Number(start) + 0, Number(end ?? start) + 0];
  if (startOffset > endOffset)
    failAt(first.at, `offset ${start}..${end} runs backwards; write offset ${end}..${start}`);
  return { type: "window", startOffset, endOffset };
}

function readMap(map: Piece, words: readonly Piece[]): PartitionMapping {
  if (words.length === 0) failAt(map.at, "map has no keys; write them behind it, as map de=eu fr=eu");
  const keys = new Map<string, string[]>();
  for (const word of words) {
    const [upstream, downstream, ...others] = piecesOutside(word, /=/).map(({ text }) => unquote(text));
    if (!upstream || !downstream || others.length > 0)
      failAt(word.at, `map takes pairs, not ${quote(word.text)}; write upstream=key, as map de=eu`);
    keys.set(upstream, [...(keys.get(upstream) ?? []), downstream]);
  }
  return { type: "map", keys: Object.fromEntries(keys) };
}

function readFunction(word: Piece, [name, other]: readonly Piece[]): PartitionMapping {
  if (name === undefined || !/^[A-Za-z_$][\w$]*$/.test(name.text))
    failAt(
      (name ?? word).at,
      `function takes the name of a function of this notebook, not ${quote(name?.text ?? "")}; write it as function quarter`,
    );
  if (other) failAt(other.at, `function takes one name, not ${quote(other.text)} too; take that out`);
  return { type: "function", name: name.text };
}

function readDimension([name, ...rest]: readonly Piece[], whole: Piece): PartitionMapping {
  if (name === undefined) return { type: "dimension", name: null, mapping: null };
  if (!isName(name.text))
    failAt(name.at, `dimension takes a name, not ${quote(name.text)}; write it as dimension date`);
  return { type: "dimension", name: name.text, mapping: rest.length === 0 ? null : readSimple(rest, whole) };
}

function readDimensions(first: Piece, words: readonly Piece[], whole: Piece): readonly DimensionMapping[] {
  const last = words.at(-1);
  if (last === undefined)
    failAt(first.at, "dimensions takes names; write them as dimensions day=week window, region same");
  const from = (words[0] ?? last).at - whole.at;
  const list = { text: whole.text.slice(from, last.at - whole.at + last.text.length), at: whole.at + from };
  const seen = { upstream: new Set<string>(), downstream: new Set<string>() };
  return piecesOutside(list, /,/).map((part): DimensionMapping => {
    const [names = part, ...rest] = piecesOutside(part, /\s/);
    const [upstream = "", downstream = upstream, ...others] = names.text.split("=");
    if (!isName(upstream) || !isName(downstream) || others.length > 0)
      failAt(
        names.at,
        `dimensions takes names, not ${quote(names.text)}; write them as dimensions day=week window, region same`,
      );
    const repeated = seen.upstream.has(upstream) ? upstream : seen.downstream.has(downstream) ? downstream : null;
    if (repeated !== null) failAt(names.at, `the dimension ${quote(repeated)} stands twice; take one out`);
    seen.upstream.add(upstream);
    seen.downstream.add(downstream);
    return { upstream, downstream, mapping: rest.length === 0 ? null : readSimple(rest, part) };
  });
}

function readSimple(words: readonly Piece[], whole: Piece): PartitionMapping {
  const mapping = readMapping(words, whole);
  const [first] = words;
  if (first?.text === "function")
    failAt(
      first.at,
      `a function answers for whole keys and not for one dimension; write ${quote(textOf(words))} alone`,
    );
  if (first && (first.text === "dimension" || first.text === "dimensions"))
    failAt(first.at, `a dimension has no dimensions of its own: ${quote(textOf(words))}; write a mapping, as last 7`);
  return mapping;
}

function textOf(words: readonly Piece[]): string {
  return words.map(({ text }) => text).join(" ");
}

function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text);
}
