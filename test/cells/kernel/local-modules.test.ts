import { expect, test } from "vitest";
import { compileModule } from "../../../cells/compile/module.ts";
import { AppError } from "../../../cells/errors.ts";
import { Kernel } from "../../../cells/kernel/kernel.ts";
import type { CellState } from "../../../cells/protocol/kernel.ts";
import { fakeHost } from "../../conformance/fake-host.ts";
import { kernelCell } from "./cells.ts";

/** A kernel of `notes/test.html` over files by their path from the root, which may be changed. */
function open(files: Record<string, string>) {
  const { host, calls } = fakeHost();
  const reads: string[] = [];
  const states = new Map<number, CellState>();
  const shown = new Map<number, unknown[]>();
  const waiting: (() => void)[] = [];
  const kernel = new Kernel({
    host: {
      ...host,
      async file({ name }) {
        reads.push(name);
        const text = files[name.slice(1)];
        if (text === undefined || !name.startsWith("/")) throw new AppError("file_not_found", `no file ${name}`);
        return { name, bytes: new TextEncoder().encode(text), mimeType: "text/javascript", lastModified: 0 };
      },
    },
    environment: {
      libraries: { d3: () => ({ max: Math.max }) },
      compileModule: () => Promise.resolve(compileModule),
    },
    display: (cell) => ({
      clear: () => void shown.set(cell, []),
      append: (value) => void shown.set(cell, [...(shown.get(cell) ?? []), value]),
      error: () => {},
    }),
    onEvent: (event) => {
      if (event.type === "state") states.set(event.cell, event.state);
      if (event.type === "settled") for (const resolve of waiting.splice(0)) resolve();
    },
  });
  kernel.open({ path: "notes/test.html", params: {}, partition: null, paused: false });
  return {
    calls,
    reads,
    async run(...sources: readonly string[]): Promise<readonly unknown[]> {
      const settled = new Promise<void>((resolve) => waiting.push(resolve));
      kernel.define({ cells: sources.map((source, at) => kernelCell(at + 1, source)), removed: [] });
      await settled;
      return sources.map((_source, at) => {
        const state = states.get(at + 1);
        return state?.type === "rejected" ? `${state.error.code}: ${state.error.message}` : shown.get(at + 1)?.at(-1);
      });
    },
    async again(cell: number): Promise<unknown> {
      const settled = new Promise<void>((resolve) => waiting.push(resolve));
      kernel.request([cell]);
      await settled;
      return shown.get(cell)?.at(-1);
    },
  };
}

const counter = "export let n = 0; export function add() { return ++n; }";

test("a module is carried out once and shared by all cells, and what it exports is live", async () => {
  const { run } = open({ "notes/counter.js": `${counter} globalThis.started = (globalThis.started ?? 0) + 1;` });
  expect(
    await run(
      'import * as counter from "./counter.js"; const first = counter.add(); display([first, counter.n]);',
      'import {add} from "/notes/counter.js"; first; display(add());',
      'first; display((await import("./counter.js")).n >= 1);',
      "display(globalThis.started);".replace("display", "first; display"),
    ),
  ).toEqual([[1, 1], 2, true, 1]);
});

test("a module imports modules, JSON and libraries, from its own folder", async () => {
  const { run, reads } = open({
    "notes/a.js": 'import {b} from "../lib/b.mjs"; import {max} from "npm:d3"; export default () => max(...b);',
    "lib/b.mjs": 'import list from "./list.json" with {type: "json"}; export const b = list; export * from "./c.js";',
    "lib/c.js": "export const c = import.meta.url;",
    "lib/list.json": "[1, 5, 3]",
  });
  expect(await run('import a from "./a.js"; display(a());', 'import {c} from "../lib/b.mjs"; display(c);')).toEqual([
    5,
    "notebook:/lib/c.js",
  ]);
  expect(new Set(reads)).toEqual(new Set(["/notes/a.js", "/lib/b.mjs", "/lib/list.json", "/lib/c.js"]));
});

test("a module, or one behind it, that changed is replaced when a cell that imports it runs again", async () => {
  const files: Record<string, string> = {
    "notes/a.js": 'export {b as a} from "./b.js";',
    "notes/b.js": "export const b = {};",
  };
  const { run, again } = open(files);
  const [first] = await run('import {a} from "./a.js"; display(a);');
  expect(await again(1)).toBe(first);
  files["notes/b.js"] = "export const b = {changed: true};";
  expect(await again(1)).toEqual({ changed: true });
});

test.each<[string, Record<string, string>, string, string]>([
  [
    "is missing",
    {},
    'import "./a.js";',
    "file_not_found: there is no module notes/a.js in the workspace, which notes/test.html imports; put the file there, or correct the import",
  ],
  [
    "imports what is missing",
    { "notes/a.js": 'import "./b.js";' },
    'import "./a.js";',
    "file_not_found: there is no module notes/b.js in the workspace, which notes/a.js imports; put the file there, or correct the import",
  ],
  [
    "leaves the workspace",
    {},
    'import "../../etc/passwd.js";',
    'path_invalid: notes/test.html imports "../../etc/passwd.js", which leaves the workspace; write a path inside it',
  ],
  [
    "imports what leaves the workspace",
    { "notes/a.js": 'import x from "../../etc/x.json" with {type: "json"};' },
    'import "./a.js";',
    'path_invalid: notes/a.js imports "../../etc/x.json", which leaves the workspace; write a path inside it',
  ],
  [
    "cannot be parsed",
    { "notes/a.js": "const a = 1;\nconst = 2;" },
    'import "./a.js";',
    "cell_syntax: notes/a.js, line 2, column 7: Unexpected token; mend the file",
  ],
  [
    "throws",
    { "notes/a.js": "const a = 1;\n\nnull.x;" },
    'import "./a.js";',
    "cell_failed: notes/a.js, line 3: Cannot read properties of null (reading 'x')",
  ],
  [
    "imports one that throws",
    { "notes/a.js": 'import "./b c.js";', "notes/b c.js": "\nthrow new Error('no')" },
    'import "./a.js";',
    "cell_failed: notes/b c.js, line 2: no",
  ],
  [
    "has a function that throws",
    { "notes/a.js": "export const f = () => {\n  throw new Error('boom');\n}" },
    'import {f} from "./a.js";\nf();',
    "cell_failed: boom (notes/a.js, line 2)",
  ],
  [
    "imports itself",
    { "notes/a.js": 'import "./b.js";', "notes/b.js": 'import "./a.js";' },
    'import "./a.js";',
    "graph_cycle: modules import each other in a circle: notes/a.js → notes/b.js → notes/a.js; move what they share into a module of its own",
  ],
  [
    "waits for itself",
    { "notes/a.js": 'await import("./b.js");', "notes/b.js": 'import "./a.js";' },
    'import "./a.js";',
    "graph_cycle: modules import each other in a circle: notes/a.js → notes/b.js → notes/a.js; move what they share into a module of its own",
  ],
  [
    "lacks an export",
    { "notes/a.js": "export const a = 1;" },
    'import {b} from "./a.js";',
    "cell_syntax: export 'b' not found",
  ],
  [
    "imports data as code",
    { "notes/a.json": "{}" },
    'import a from "./a.json";',
    'type_unsupported: notes/a.json cannot be imported: write import x from "./a.json" with {type: "json"}',
  ],
  [
    "is no JSON",
    { "notes/a.json": "{" },
    'import a from "./a.json" with {type: "json"};',
    "cell_failed: notes/a.json is no JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
  ],
  [
    "is TypeScript",
    { "notes/a.ts": "" },
    'import "./a.ts";',
    "type_unsupported: notes/a.ts cannot be imported: modules are JavaScript and end in .js or .mjs; read other files with FileAttachment",
  ],
  [
    "is named while the cell runs",
    { "notes/a.js": "export const a = 1;" },
    'const name = "a"; await import(`./${name}.js`);',
    'forbidden: ./a.js is imported under a name that is made while the cell runs; write it out, as in import("./x.js"), so that its version is known',
  ],
  [
    "names a module while it runs",
    { "notes/a.js": "const name = 'b'; await import(`./${name}.js`);", "notes/b.js": "" },
    'import "./a.js"; ',
    'forbidden: notes/a.js imports ./b.js under a name that is made while it runs; write it out, as in import("./x.js")',
  ],
  [
    "reads a notebook",
    { "notes/a.js": 'import {x} from "./n.html";' },
    'import "./a.js"; ',
    "cell_failed: notes/a.js imports the notebook ./n.html; import it in a cell, and give the module what it needs",
  ],
  [
    "comes from the network",
    {},
    'import "npm:d3-sankey@0.12"; ',
    'forbidden: the package d3-sankey@0.12 does not come with Cellar, and notebooks reach no network; save https://cdn.jsdelivr.net/npm/d3-sankey@0.12/+esm beside the notebook and import it as "./d3-sankey.js", or use what is there: @observablehq/plot, @observablehq/inputs, d3, htl, apache-arrow, arquero, topojson-client, lodash, markdown-it, katex, @viz-js/viz',
  ],
])("a module that %s is an error that says so", async (_what, files, source, message) => {
  const { run } = open(files);
  expect(await run(source)).toEqual([message]);
});

test("one that failed is tried again", async () => {
  const files: Record<string, string> = {
    "notes/a.js": "globalThis.fails ??= 0; if (globalThis.fails++ === 0) throw new Error('once'); export const a = 1;",
  };
  const { run, again } = open(files);
  expect(await run('import {a} from "./a.js"; display(a);')).toEqual(["cell_failed: notes/a.js, line 1: once"]);
  expect(await again(1)).toBe(1);
});

test("what a module prints is logged", async () => {
  const { run, calls } = open({ "notes/a.js": "console.log('hey', 1);" });
  await run('import "./a.js"; display(1);');
  expect(calls.logs).toEqual([{ cell: null, level: "log", text: "hey 1" }]);
});
