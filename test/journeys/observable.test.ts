import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

const square = (size: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><rect width="100%" height="100%"/></svg>`;

const files = {
  "a.html": notebook([
    ["md", "", "![](pictures/chart.svg)\n\n<img src='./pictures/gone.png'>"],
    [
      "text/html",
      "",
      '<link rel="stylesheet" href="./style.css">\n<p class="styled">styled</p>\n<img src="./pictures/chart.svg?v=2">\n<img src=${`pictures/chart.svg`}>\n<img src="pictures/${"chart"}.svg">',
    ],
    ["text/html", "", '<iframe src="https://www.youtube.com/embed/x"></iframe>\n<img src="https://example.com/x.png">'],
    [
      "js",
      "",
      'import {Counter, started as begun} from "./lib/counter.js";\nimport sizes from "./lib/sizes.json" with {type: "json"};\ndisplay(`${begun} ${Counter(sizes)} ${(await import("./lib/counter.js")).started}`);',
    ],
    [
      "js",
      "",
      'const square = {type: "Topology", arcs: [[[0, 0], [1, 0], [1, 1], [0, 0]]], objects: {a: {type: "Polygon", arcs: [[0]]}}};\ndisplay([topojson.feature(square, "a").geometry.type, _.chunk([1, 2, 3], 2).length, _([3, 1]).sortBy().first()].join(" "));',
    ],
    [
      "js",
      "",
      'import _default, {groupBy} from "npm:lodash@4";\nimport {feature} from "topojson-client";\nimport katex from "npm:katex";\nimport {html} from "https://cdn.jsdelivr.net/npm/htl/+esm";\ndisplay([typeof feature, Object.keys(groupBy([1, 2], (x) => x % 2)), _default.last([5]), typeof katex.render, html`<b>`.localName].join(" "));',
    ],
    [
      "application/vnd.observable.javascript",
      "",
      'both = { const m = await require("topojson-client@3", "d3@6"); return `${typeof m.mesh} ${typeof m.max}`; }',
    ],
    [
      "js",
      "",
      'const id = DOM.uid("clip");\ndisplay(`${id.id.startsWith("O-clip-")} ${id.href === "#" + id.id} ${String(id) === `url(${id.href})`}`);',
    ],
    ["js", "", "const context = DOM.context2d(40, 20);\ncontext.fillRect(0, 0, 9, 9);\ndisplay(context.canvas);"],
    ["js", "", 'import {decode} from "npm:he";\ndisplay(decode("&amp;"));'],
    ["js", "", "display(penguins.length);"],
    ["js", "", 'import {x} from "./lib/broken.js";\ndisplay(x);'],
    ["js", "", 'import {fail} from "./lib/counter.js";\nfail();'],
    [
      "js",
      "",
      "display(html`<picture><source srcset='pictures/chart.svg 1x, pictures/large.svg 2x'><img src=pictures/chart.svg></picture>`);",
    ],
  ]),
  "style.css": ".styled { color: rgb(1, 2, 3); }",
  "pictures/chart.svg": square(30),
  "pictures/large.svg": square(60),
  "lib/counter.js":
    'import {max} from "npm:d3-array@3";\nimport {html} from "https://cdn.jsdelivr.net/npm/htl/+esm";\nexport let started = (globalThis.count = (globalThis.count ?? 0) + 1);\nexport function Counter(sizes) {\n  return `${max(sizes)} ${html`<i>`.localName}`;\n}\nexport const fail = () => {\n  throw new Error("counted wrongly");\n};\n',
  "lib/sizes.json": "[1, 30]",
  "lib/broken.js": "export const x = 1;\nexport const = 2;\n",
};

test("a notebook of Observable's, with its modules, pictures and classic names, renders", async () => {
  await using app = await openApp(files);
  const frame = await app.open("a.html");
  await shows(frame, "#cell-4", "1 30 i 1");
  await shows(frame, "#cell-5", "Polygon 2 1");
  await shows(frame, "#cell-6", "function 1,2 5 function b".replace("1,2", "0,1"));
  await shows(frame, "#cell-7", "function function");
  await shows(frame, "#cell-8", "true true true");
  await frame.waitForSelector("#cell-9 canvas[style*='width: 40px']");
  await shows(
    frame,
    "#cell-10",
    'the package he does not come with Cellar, and notebooks reach no network; save https://cdn.jsdelivr.net/npm/he/+esm beside the notebook and import it as "./he.js"',
  );
  await shows(
    frame,
    "#cell-11",
    "penguins is not defined: Observable fetches this sample data from the network, which notebooks here do not reach; put penguins.csv beside the notebook",
  );
  await shows(frame, "#cell-12", "lib/broken.js, line 2, column 14: Unexpected token; mend the file");
  await shows(frame, "#cell-13", "counted wrongly (lib/counter.js, line 8)");

  const widths = (cell: number) =>
    frame.$$eval(`#cell-${cell} .cell-output img`, (images) =>
      images.map((image) => {
        if (!(image instanceof HTMLImageElement) || image.hidden) return null;
        return [image.naturalWidth, image.currentSrc.slice(0, 5)];
      }),
    );
  await shows(frame, "#cell-1 .not-shown", "pictures/gone.png is not shown: file not found: pictures/gone.png");
  await expect.poll(() => widths(1)).toEqual([[30, "blob:"], null]);
  await expect
    .poll(() => widths(2))
    .toEqual([
      [30, "blob:"],
      [30, "blob:"],
      [30, "blob:"],
    ]);
  await expect.poll(() => widths(14)).toEqual([[30, "blob:"]]);
  await expect
    .poll(() => frame.$eval("#cell-2 .styled", (element) => getComputedStyle(element).color))
    .toBe("rgb(1, 2, 3)");
  expect(await frame.$$eval("#cell-3 .not-shown", (notes) => notes.map((note) => note.textContent))).toEqual([
    "https://www.youtube.com/embed/x is on the network, which notebooks do not reach; open it in a page of its own",
    "https://example.com/x.png is on the network, which notebooks do not reach; save it beside the notebook and write its name here",
  ]);
  expect(app.errors.filter((text) => !text.includes("404"))).toEqual([]);
});

test("a module that changed is read again when its cell runs again; a notebook in a folder reads from its own", async () => {
  await using app = await openApp({ "lib/one.js": "export const one = 'first';" });
  await mkdir(join(app.path, "team"));
  await app.write(
    "team/b.html",
    notebook([
      ["js", "pinned", 'import {one} from "../lib/one.js";\ndisplay(one);'],
      ["js", "", 'import "../../lib/one.js";\ndisplay(1);'],
    ]),
  );
  await app.stop();
  await app.start();
  const frame = await app.open("team/b.html");
  await shows(frame, "#cell-1", "first");
  await shows(frame, "#cell-2", 'team/b.html imports "../../lib/one.js", which leaves the workspace');
  await app.write("lib/one.js", "export const one = 'second';");
  await app.edit(1, 'import {one} from "../lib/one.js";\ndisplay(`now ${one}`);');
  await shows(frame, "#cell-1", "now second");
  await app.stop();
  await app.start();
  expect(app.errors.filter((text) => !/404|Failed to load|fetch/.test(text))).toEqual([]);
});
