import { beforeAll, expect, test } from "vitest";
import { installDom } from "../../../server/kernel-child/dom.ts";
import { libraries } from "../../../server/kernel-child/libraries.ts";
import { kernelCell } from "../../cells/kernel/cells.ts";
import { kernelFixture } from "../../cells/kernel/fixture.ts";

beforeAll(installDom);

/** Runs cells with the libraries of a server's kernel and gives what the last one shows. */
async function run(...sources: readonly string[]): Promise<readonly unknown[]> {
  const { define, settled, shown } = kernelFixture({ environment: { libraries } });
  define(...sources.map((source, id) => kernelCell(id + 1, source)));
  await settled();
  return shown(sources.length).map((value) => (value instanceof Element ? value.outerHTML : value));
}

test.each<[string, readonly string[], unknown]>([
  ["a range begins in its middle", ["const x = view(Inputs.range([0, 10], {step: 1}));", "x"], 5],
  ["a range with a value", ["const x = view(Inputs.range([0, 1], {step: 0.1, value: 0.3}));", "x"], 0.3],
  ["the first option", ["const x = view(Inputs.select(['a', 'b']));", "x"], "a"],
  ["a text", ["const x = view(Inputs.text({value: 'hey'}));", "x"], "hey"],
  ["a toggle", ["const x = view(Inputs.toggle({value: true}));", "x"], true],
  ["check boxes", ["const x = view(Inputs.checkbox(['a', 'b'], {value: ['b']}));", "x"], ["b"]],
  ["html", ["html`<b class=${'c'}>${'x<y'}</b>`"], '<b class="c">x&lt;y</b>'],
  ["d3", ["d3.max([1, 3, 2])"], 3],
  ["Arquero", ["aq.table({a: [1, 2]}).numRows()"], 2],
  ["Arrow", ["Arrow.tableFromArrays({a: [1]}).numRows"], 1],
])("%s", async (_name, sources, expected) => expect(await run(...sources)).toEqual([expected]));

test.each<[string, string, RegExp]>([
  ["Plot", "Plot.dot([{x: 1, y: 2}], {x: 'x', y: 'y'}).plot()", /^<svg .*<circle /s],
  ["svg", "svg`<circle r=${3} />`", /^<circle r="3"/],
  ["tex", "tex`x^2`", /^<span><span class="katex">/],
  ["dot", "dot`digraph { a -> b }`", /^<svg /],
])("%s makes elements", async (_name, source, pattern) => {
  const [element] = await run(source);
  expect(element).toMatch(pattern);
});

test("Markdown with a node in it", async () => {
  const { define, settled, shown } = kernelFixture({ environment: { libraries } });
  define(kernelCell(1, "# Hi ${html`<i>you</i>`}\n\n<b>bold</b>", { kind: "md" }));
  await settled();
  expect(shown(1).map((value) => (value instanceof Element ? value.outerHTML : value))).toEqual([
    "<div><h1>Hi <i>you</i></h1>\n<p><b>bold</b></p>\n</div>",
  ]);
});

test("rows of a query go into Plot by column", async () => {
  const { define, settled, shown } = kernelFixture({ environment: { libraries } });
  define(
    kernelCell(1, "SELECT ${7}", { kind: "sql", output: "rows", hidden: true }),
    kernelCell(2, "Plot.barX(rows, {x: 'n', y: 'text'}).plot()"),
  );
  await settled();
  const [chart] = shown(2);
  expect(chart instanceof Element && chart.querySelectorAll("rect").length).toBe(1);
});
