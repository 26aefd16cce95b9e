import { expect, test } from "vitest";
import { type Identity, renamesBetween } from "../../../cells/graph/identities.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";

const list = (text: string): readonly Identity[] =>
  text
    .split(" ")
    .filter((item) => item !== "")
    .map((item) => {
      const [asset = "", notebook = "", cell = ""] = item.split("@");
      return { asset: asset as AssetKey, notebook, cell: Number(cell) };
    });

test.each([
  ["nothing", "a/x@n@1", "a/x@n@1", ""],
  ["a cell", "a/x@n@1", "a/y@n@1", "a/x>a/y"],
  ["a notebook", "a/x@n@1 a/y@n@2", "b/x@n@1 b/y@n@2", "a/x>b/x a/y>b/y"],
  ["one of several outputs", "a/x@n@1 a/y@n@1", "a/x@n@1 a/z@n@1", "a/y>a/z"],
  ["a moved cell with several outputs, one renamed", "a/x@n@1 a/y@n@1", "b/x@n@1 b/z@n@1", "a/x>b/x a/y>b/z"],
  ["two at once in one cell: nobody can tell", "a/x@n@1 a/y@n@1", "a/v@n@1 a/w@n@1", ""],
  ["a copy", "a/x@n@1", "a/x@n@1 b/x@n@1", ""],
  ["a copy, and the first is gone later", "a/x@n@1 b/x@n@1", "b/x@n@1", ""],
  ["another notebook", "a/x@n@1", "b/x@m@1", ""],
  ["a swap of names is two other assets", "a/x@n@1 a/y@n@2", "a/y@n@1 a/x@n@2", ""],
])("renamed: %s", (_, known, present, expected) => {
  const renames = renamesBetween(list(known), list(present));
  expect(renames.map(({ from, to }) => `${from}>${to}`).join(" ")).toBe(expected);
});
