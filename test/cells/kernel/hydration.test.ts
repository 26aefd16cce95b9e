import { describe, expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import type { HydratedOutput, KernelCell } from "../../../cells/protocol/kernel.ts";
import { kernelCell, sqlCell } from "./cells.ts";
import { kernelFixture, type KernelFixture } from "./fixture.ts";

const hydrated = (cell: KernelCell, format: HydratedOutput["format"], version = "v1"): KernelCell => ({
  ...cell,
  hydrated: cell.compiled.outputs.map(({ name }) => ({ name, key: AssetKey.of("notes/test", name), version, format })),
});
/** A kernel whose cells say when they run. */
function speaking(assets: Readonly<Record<string, unknown>>): KernelFixture & { readonly said: readonly string[] } {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  return Object.assign(kernelFixture({ assets, environment: { builtins: { say: () => say } } }), { said });
}

describe("cells whose results the server has", () => {
  test("do not run; what reads them gets the value", async () => {
    const { said, define, shown, settled, states } = speaking({ "notes/test/n": { a: [1] } });
    define(hydrated(kernelCell(1, "say('n'); const n = {a: [1]};"), "json"), kernelCell(2, "n.a[0] + 1"));
    await settled();
    expect([said, shown(2), states()]).toEqual([[], [2], { 1: "fulfilled", 2: "fulfilled" }]);
  });

  test.each([
    ["a date, of which JSON keeps a text", { at: new Date(5) }, "json", "say('n'); const n = {at: new Date(5)};"],
    ["rows without a form", [{ a: 1 }], "parquet", "say('n'); const n = [{a: 1}];"],
    ["a result that cannot be had", undefined, "json", "say('n'); const n = 5;"],
  ] as const)("run where the result does not give the value back: %s", async (_name, value, format, source) => {
    const { said, define, shown, settled } = speaking({ "notes/test/n": value });
    define(hydrated(kernelCell(1, source), format), kernelCell(2, "JSON.stringify(n)"));
    await settled();
    expect([said, shown(2)]).toEqual([["n"], [JSON.stringify(value ?? 5)]]);
  });

  test("show what they give, from the server or by themselves", async () => {
    const assets = { "notes/test/kept": [1], "notes/test/lost": { at: new Date(5) } };
    const { define, shown, settled } = speaking(assets);
    define(
      hydrated(kernelCell(1, "[1]", { output: "kept" }), "json"),
      hydrated(kernelCell(2, "({at: new Date(5)})", { output: "lost" }), "json"),
    );
    await settled();
    expect([shown(1), shown(2)]).toEqual([[{ kept: [1] }], [{ lost: { at: new Date(5) } }]]);
  });

  test("run one after another while a reader waits for all of them", async () => {
    const { said, define, shown, settled } = speaking({ "notes/test/c": [1], "notes/test/d": 4 });
    define(
      hydrated(kernelCell(1, "say('a'); const a = new Date(5);"), "json"),
      hydrated(kernelCell(2, "say('b'); const b = [{a: 1}, {b: 2n}];"), "parquet"),
      hydrated(kernelCell(3, "const c = [1];"), "json"),
      hydrated(kernelCell(4, "const d = 4;"), "json"),
      kernelCell(5, "say(typeof a + typeof b), [a, b, c, d].map((value) => typeof value)"),
    );
    await settled();
    expect([said, shown(5)]).toEqual([["a", "b", "objectobject"], [["object", "object", "object", "number"]]]);
  });

  test("run when they, or what they read, are run by hand, and what reads them with them", async () => {
    const { said, kernel, define, shown, settled } = speaking({ "notes/test/a": 1, "notes/test/b": 2 });
    define(
      hydrated(kernelCell(1, "say('a'); const a = 1;"), "json"),
      hydrated(kernelCell(2, "say('b'); const b = a + 1;"), "json"),
      kernelCell(3, "b"),
    );
    await settled();
    expect([said, shown(3)]).toEqual([[], [2]]);
    kernel.request([1]);
    await settled();
    expect([said, shown(3)]).toEqual([["a", "b"], [2]]);
  });

  test("run when their code is other than what the server ran, and need not when it is that again", async () => {
    const { said, define, shown, settled } = speaking({ "notes/test/a": 1 });
    const stored = hydrated(kernelCell(1, "say('a'); const a = 1;"), "json");
    define(stored, kernelCell(2, "a"));
    await settled();
    define(kernelCell(1, "say('other'); const a = 7;"));
    await settled();
    expect([said, shown(2)]).toEqual([["other"], [7]]);
    define(stored);
    await settled();
    expect([said, shown(2)]).toEqual([["other"], [1]]);
  });

  test("are tables to SQL by what the server keeps, without being sent to the engine", async () => {
    const { define, calls, settled } = kernelFixture({ assets: { "notes/test/t": [{ a: 1 }] } });
    define(hydrated(kernelCell(1, "const t = [{a: 1}];"), "parquet"), sqlCell(2, "SELECT * FROM t", "u"));
    await settled();
    expect([calls.puts, calls.queries[0]?.tables]).toEqual([
      [],
      [{ schema: null, name: "t", relation: "asset notes/test/t" }],
    ]);
  });
});
