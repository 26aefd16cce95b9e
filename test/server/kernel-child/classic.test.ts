import { beforeAll, expect, test } from "vitest";
import { installDom } from "../../../server/kernel-child/dom.ts";
import { libraries } from "../../../server/kernel-child/libraries.ts";
import { kernelCell } from "../../cells/kernel/cells.ts";
import { kernelFixture } from "../../cells/kernel/fixture.ts";

beforeAll(installDom);

/** What one cell of a classic notebook gives on a server: a value, the markup of an element, or its error. */
async function run(source: string): Promise<unknown> {
  const { define, settled, shown, state } = kernelFixture({ environment: { libraries } });
  define(kernelCell(1, source));
  await settled();
  const now = state(1);
  if (now?.type === "rejected") return `${now.error.code}: ${now.error.message}`;
  const [value] = shown(1);
  return value instanceof Element ? value.outerHTML : value;
}

test.each<[string, unknown]>([
  ["DOM.svg(20, 10)", '<svg viewBox="0,0,20,10" width="20" height="10"></svg>'],
  ["DOM.canvas(20, 10)", '<canvas width="20" height="10"></canvas>'],
  ["DOM.element('a', {href: '#x'})", '<a href="#x"></a>'],
  ["DOM.element('svg:circle', {r: 3}).namespaceURI", "http://www.w3.org/2000/svg"],
  ["DOM.input('date')", '<input type="date">'],
  ["DOM.range(10)", '<input type="range" max="10">'],
  ["DOM.range(0, 1, 0.1)", '<input type="range" min="0" max="1" step="0.1">'],
  ["DOM.select(['a', 'b'])", '<select><option value="a">a</option><option value="b">b</option></select>'],
  ["DOM.text('a<b').textContent", "a<b"],
  ["DOM.uid('leaf').id.replace(/\\d+/, 'n')", "O-leaf-n"],
  ["const a = DOM.uid(); display(a.id !== DOM.uid().id && `${a}` === `url(${a.href})`)", true],
  ["DOM.context2d(1, 1)", "type_unsupported: DOM.context2d needs a page to draw on; it is not available on the server"],
  ["Files.url(new File(['hey'], 'a.txt', {type: 'text/plain'}))", "data:text/plain;base64,aGV5"],
  ["Files.text(new File(['hey'], 'a.txt'))", "hey"],
  ["(await Files.buffer(new File(['hey'], 'a.txt'))).byteLength", 3],
  ["_.sum([1, 2])", 3],
  ["topojson.mesh({type: 'Topology', arcs: [], objects: {}}).type", "MultiLineString"],
  ["(await require('d3@6')).max([1, 2])", 2],
  ["(await require('lodash'))([1, 2]).last()", 2],
  ["Object.keys(await require('topojson-client@3', 'd3-array@3')).includes('feature')", true],
  [
    "require('d3-geo@2')",
    /^forbidden: the package d3-geo@2 does not come with Cellar, and notebooks reach no network; save https:\/\/cdn.jsdelivr.net\/npm\/d3-geo@2\/\+esm/,
  ],
  ["require('apache-arrow@4')", /or use what is there: apache-arrow 21\.2\.0$/],
  ["require(7)", "usage: require needs the names of packages as text"],
  [
    "vl.markBar()",
    'name_missing: vl is not defined: Observable fetches this library from the network, which notebooks here do not reach; save its module beside the notebook and write import vl from "./vl.js"',
  ],
  ["miserables.nodes", /FileAttachment\("miserables\.json"\)\.json\(\)$/],
])("%s", async (source, expected) => {
  const value = await run(source);
  if (expected instanceof RegExp) expect(value).toMatch(expected);
  else expect(value).toEqual(expected);
});
