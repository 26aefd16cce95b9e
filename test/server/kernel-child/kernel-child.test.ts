import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNotebook, readJson, rowsOf, startEngine, type EngineProcess } from "../engine/engine-process.ts";

let engine: EngineProcess;
beforeAll(async () => void (engine = await startEngine({ kernelHeapBytes: 256 * 2 ** 20 })));
afterAll(() => engine.close());

/** What a cell's `r` is stored as: JSON's value, or what it is. */
async function valueOf(source: string, params = {}): Promise<unknown> {
  const take = await openNotebook(engine, [{ source }], params);
  const { result, target } = await take({ name: "r" });
  return result.type === "json" ? readJson(target) : result.type === "virtual" ? result.what : rowsOf(engine, target);
}

describe("a kernel child", () => {
  it.each([
    ["d3", "const r = d3.max([1, 3, 2])", 3],
    ["d3 by import", "import {sum} from 'npm:d3'; const r = sum([1, 2])", 3],
    ["arquero", "const r = aq.table({a: [1, 2, 3]}).filter((d) => d.a > 1)", [{ a: 2 }, { a: 3 }]],
    ["arrow", "const r = Arrow.tableFromArrays({a: new Int32Array([1, 2])})", [{ a: 1 }, { a: 2 }]],
    ["html", "const r = html`<p>hi ${1 + 1}`.outerHTML", "<p>hi 2</p>"],
    ["Plot", "const r = Plot.plot({marks: [Plot.dot([[1, 2], [3, 4]])]}).querySelectorAll('circle').length", 2],
    ["md", "const r = md`# hi`.textContent.trim()", "hi"],
    ["tex", "const r = tex`x^2`.querySelector('.katex') !== null", true],
    [
      "document",
      "const r = (() => { const e = document.createElement('i'); e.textContent = 'x'; return e.outerHTML })()",
      "<i>x</i>",
    ],
    ["params", "const r = params.region", "eu"],
    ["dates", "const r = [{d: new Date(Date.UTC(2024, 0, 31)), n: 1n}]", [{ d: Date.UTC(2024, 0, 31), n: 1n }]],
    ["sql tag", "const r = Array.from(await sql`select ${2} * 21 as a`, (row) => Number(row.a))", [42]],
  ])("has %s", async (_, source, value) => expect(await valueOf(source, { region: "eu" })).toEqual(value));

  it("keeps an element virtual", async () => expect(await valueOf("const r = html`<p>hi`")).toMatch(/element|node/i));

  it("says what to use instead of a module from the network", async () => {
    await expect(valueOf("import x from 'npm:left-pad'; const r = x('a')")).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/^the package left-pad does not come with Cellar/),
    });
  });

  it("keeps one notebook's globals from the next", async () => {
    expect(await valueOf("const r = (globalThis.leak = 1)")).toBe(1);
    expect(await valueOf("const r = String(globalThis.leak)")).toBe("undefined");
  });
});
