import { AppError } from "../errors.ts";
import type { DimensionMapping, PartitionMapping } from "./definition.ts";
import { splitOutside, unquote } from "./words.ts";

const forms =
  "write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping] or dimensions UPSTREAM=NAME [mapping], …; behind it, allow missing";

/**
 * Reads one mapping of an `upstream` attribute: `all`, `same`, `latest`, `last 7`, `window`, `offset -1..0`,
 * `specific a b`, `map a=b a=c`, `dimension date last 7`, `dimensions day=week window, region same`, each also with
 * `allow missing` behind it. Throws `attribute_invalid` naming the word that is wrong.
 */
export function parsePartitionMapping(text: string): PartitionMapping {
  return readMapping(splitOutside(text, /\s/), text);
}

function readMapping(words: readonly string[], text: string): PartitionMapping {
  if (words.length > 2 && words.at(-2) === "allow" && words.at(-1) === "missing")
    return { type: "allow_missing", mapping: readMapping(words.slice(0, -2), text) };
  const [type = "", ...rest] = words;
  switch (type) {
    case "all":
    case "same":
    case "latest":
      return rest.length === 0 ? { type } : fail(`${type} stands alone, not before ${sayWord(rest[0])}; take that out`);
    case "window":
      if (rest.length > 0) fail(`window stands alone, not before ${sayWord(rest[0])}; write offset -1..0 to shift it`);
      return { type: "window", startOffset: 0, endOffset: 0 };
    case "last":
      return readLast(rest);
    case "offset":
      return readOffsets(rest);
    case "specific":
      if (rest.length === 0) fail("specific has no keys; write them behind it, as specific 2024-01-01");
      return { type: "specific", keys: rest.map(unquote) };
    case "map":
      return readMap(rest);
    case "dimension":
      return readDimension(rest, text);
    case "dimensions":
      return { type: "dimensions", dimensions: readDimensions(rest.join(" ")) };
    default:
      return fail(`${JSON.stringify(text.trim())} is no mapping; ${forms}`);
  }
}

function readLast([count, ...others]: readonly string[]): PartitionMapping {
  if (count === undefined || !/^[1-9]\d{0,8}$/.test(count) || others.length > 0)
    fail(`last takes a number above zero, not ${sayWord([count, ...others].join(" "))}; write it as last 7`);
  return { type: "last", count: Number(count) };
}

function readOffsets(words: readonly string[]): PartitionMapping {
  const [, start, end] = /^([+-]?\d{1,6})(?:\.\.([+-]?\d{1,6}))?$/.exec(words.join("")) ?? [];
  if (start === undefined)
    fail(`offset takes numbers of windows, not ${sayWord(words.join(" "))}; write it as offset -1 or offset -1..0`);
  const [startOffset, endOffset] = [Number(start) + 0, Number(end ?? start) + 0];
  if (startOffset > endOffset) fail(`offset ${start}..${end} runs backwards; write offset ${end}..${start}`);
  return { type: "window", startOffset, endOffset };
}

function readMap(words: readonly string[]): PartitionMapping {
  if (words.length === 0) fail("map has no keys; write them behind it, as map de=eu fr=eu");
  const keys = new Map<string, string[]>();
  for (const word of words) {
    const [upstream, downstream, ...others] = splitOutside(word, /=/).map(unquote);
    if (!upstream || !downstream || others.length > 0)
      fail(`map takes pairs, not ${sayWord(word)}; write upstream=key, as map de=eu`);
    keys.set(upstream, [...(keys.get(upstream) ?? []), downstream]);
  }
  return { type: "map", keys: Object.fromEntries(keys) };
}

function readDimension([name, ...rest]: readonly string[], text: string): PartitionMapping {
  if (name === undefined) return { type: "dimension", name: null, mapping: null };
  if (!isName(name)) fail(`dimension takes a name, not ${sayWord(name)}; write it as dimension date`);
  return { type: "dimension", name, mapping: rest.length === 0 ? null : readSimple(rest, text) };
}

function readDimensions(text: string): readonly DimensionMapping[] {
  const dimensions = splitOutside(text, /,/).map((part): DimensionMapping => {
    const [names = "", ...rest] = splitOutside(part, /\s/);
    const [upstream = "", downstream = upstream, ...others] = names.split("=");
    if (!isName(upstream) || !isName(downstream) || others.length > 0)
      fail(`dimensions takes names, not ${sayWord(names)}; write them as dimensions day=week window, region same`);
    return { upstream, downstream, mapping: rest.length === 0 ? null : readSimple(rest, part) };
  });
  for (const side of ["upstream", "downstream"] as const) {
    const names = dimensions.map((dimension) => dimension[side]);
    const repeated = names.find((name, index) => names.indexOf(name) < index);
    if (repeated !== undefined) fail(`the dimension ${JSON.stringify(repeated)} stands twice; take one out`);
  }
  return dimensions;
}

function readSimple(words: readonly string[], text: string): PartitionMapping {
  const mapping = readMapping(words, text);
  if (words[0] === "dimension" || words[0] === "dimensions")
    fail(`a dimension has no dimensions of its own: ${sayWord(words.join(" "))}; write a mapping, as last 7`);
  return mapping;
}

function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text);
}

function sayWord(word: string | undefined): string {
  return JSON.stringify(word ?? "");
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
