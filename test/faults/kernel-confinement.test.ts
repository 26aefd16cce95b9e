import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelArguments } from "../../server/engine/spawn-kernel.ts";
import { openNotebook, readJson, startEngine, type EngineProcess } from "../server/engine/engine-process.ts";

/** A28 and A29 of the threat model: what the JavaScript of a notebook tries from a kernel child. */
let engine: EngineProcess;
let port = 0;
let connections = 0;
const server = createServer((socket) => {
  connections++;
  socket.end();
});

beforeAll(async () => {
  engine = await startEngine();
  writeFileSync(join(engine.root, "secret.txt"), "c4n4ry");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  port = typeof at === "object" && at !== null ? at.port : 0;
});
afterAll(async () => {
  server.close();
  await engine.close();
});

/** What an expression gives in a cell: its value as text, or its error. */
async function attempt(expression: string): Promise<string> {
  const take = await openNotebook(engine, [{ source: `const r = String(await (${expression}))` }]);
  try {
    const { result, target } = await take({ name: "r" });
    return result.type === "json" ? String(readJson(target)) : JSON.stringify(result);
  } catch (error) {
    return `ERR ${String(error)}`;
  }
}

/** The real `process`, and `require`, by ways that a library or a sly cell has. */
const real = "(Function('return process')())";

const denied: readonly (readonly [what: string, expression: () => string])[] = [
  ["import of node:fs", () => "import('node:fs').then((fs) => fs.readFileSync('/etc/passwd', 'utf8'))"],
  [
    "import by a function's way",
    () => "Function('return import(\"node:fs\")')().then((fs) => fs.readFileSync('/etc/passwd', 'utf8'))",
  ],
  ["import by an indirect eval", () => "(0, eval)('import(\"node:child_process\")').then((c) => c.execSync('id'))"],
  ["require", () => "globalThis.require('fs').readFileSync('/etc/passwd', 'utf8')"],
  ["module.constructor", () => "globalThis.module.constructor._load('fs')"],
  ["getBuiltinModule", () => `${real}.getBuiltinModule('fs').readFileSync('/etc/passwd', 'utf8')`],
  ["process.binding", () => `${real}.binding('fs')`],
  ["process.mainModule", () => `${real}.mainModule.require('fs')`],
  ["process.dlopen", () => `${real}.dlopen({exports: {}}, '/x.node')`],
  ["kill of its parent", () => `${real}.kill(${real}.ppid, 0)`],
  ["kill of the server", () => `${real}.kill(${process.pid}, 0)`],
  ["_kill", () => `${real}._kill(${process.pid}, 0)`],
  [
    "process.send",
    () => `${real}.send({type: 'event', name: 'log', payload: {cell: 1, level: 'error', text: 'forged'}})`,
  ],
  ["A29 constructor.constructor", () => "this.constructor.constructor('return process')().kill"],
  ["fetch", () => `fetch('http://127.0.0.1:${port}/')`],
  ["WebSocket", () => `new globalThis.WebSocket('ws://127.0.0.1:${port}/')`],
  ["EventSource", () => `new globalThis.EventSource('http://127.0.0.1:${port}/')`],
  ["metadata address", () => "fetch('http://169.254.169.254/latest/meta-data/')"],
  ["__proto__", () => "({}).__proto__"],
  [
    "__proto__ as a setter",
    () => "{ const o = {}; o.__proto__ = {}; return o }".replace(/^\{(.*)\}$/, "(() => {$1})()"),
  ],
  ["a file of the program", () => `fetch('file://${join(import.meta.dirname, "../../package.json")}')`],
  [
    "a data: import",
    () => 'import(\'data:text/javascript,import fs from "node:fs"; export default fs.readFileSync("/etc/passwd")\')',
  ],
];

describe("A28 the JavaScript of a notebook", () => {
  it.each(denied)("is refused %s", async (_, expression) => {
    const outcome = await attempt(expression());
    expect(outcome).toMatch(/^(?:ERR |undefined$)/);
    expect(outcome).not.toMatch(/root:|c4n4ry/);
  });

  it("sees no environment, no arguments, no path", async () => {
    expect(
      JSON.parse(await attempt(`JSON.stringify([${real}.env, ${real}.argv, ${real}.cwd(), ${real}.execPath ?? null])`)),
    ).toEqual([{}, [], "/", null]);
  });

  it("reached nothing", () =>
    expect([connections, engine.events.filter((event) => "text" in event && event.text === "forged")]).toEqual([
      0,
      [],
    ]));

  it("still computes after all that", async () => expect(await attempt("1 + 1")).toBe("2"));

  it("reads only the files and assets of its step", async () => {
    expect(await attempt("FileAttachment('../secret.txt').text()")).toMatch(/^ERR .*FileAttachment|secret\.txt/);
    expect(await attempt("asset('other/secret')")).toMatch(/^ERR .*other\/secret/);
  });
});

const inHand: readonly (readonly [what: string, code: () => string])[] = [
  ["reads a file", () => "require('fs').readFileSync('/etc/passwd')"],
  ["reads its environment", () => "require('fs').readFileSync('/proc/self/environ')"],
  ["reads its parent's environment", () => `require('fs').readFileSync('/proc/${process.pid}/environ')`],
  ["reads a neighbour's data", () => `require('fs').readFileSync('${join(engine.root, "secret.txt")}')`],
  ["lists a folder", () => "require('fs').readdirSync('/')"],
  ["writes a file", () => `require('fs').writeFileSync('${join(engine.root, "x")}', '')`],
  [
    "writes into the program",
    () => `require('fs').writeFileSync('${join(import.meta.dirname, "../../cells/x.ts")}', '')`,
  ],
  ["links", () => `require('fs').symlinkSync('/etc', '${join(engine.root, "link")}')`],
  ["spawns", () => "require('child_process').execFileSync('/bin/true')"],
  ["forks", () => "require('child_process').fork('/x.js')"],
  ["starts a worker", () => "new (require('worker_threads').Worker)('1', {eval: true})"],
  ["opens the inspector", () => "require('inspector').open(0)"],
  ["loads an addon", () => `require('${join(import.meta.dirname, "../../node_modules/@duckdb/node-api")}')`],
  ["opens a database", () => `new (require('node:sqlite').DatabaseSync)('${join(engine.root, "x.db")}')`],
  ["starts WASI", () => "new (require('wasi').WASI)({version: 'preview1', preopens: {'/': '/'}})"],
  ["connects", () => `await new Promise((y, n) => require('net').connect(${port}, '127.0.0.1', y).on('error', n))`],
  ["listens", () => "await new Promise((y, n) => require('net').createServer().listen(0, y).on('error', n))"],
  [
    "connects to a unix socket",
    () =>
      "await new Promise((y, n) => require('net').connect('/run/x.sock', y).on('error', (e) => n(e.code === 'ENOENT' ? 'reached' : e)))",
  ],
  [
    "asks for an address",
    () =>
      "await require('dns').promises.resolve4('example.com').catch((e) => { throw /ERR_ACCESS/.test(e.code) ? e : 'reached' })",
  ],
  [
    "sends a datagram",
    () =>
      "await new Promise((y, n) => require('dgram').createSocket('udp4').on('error', n).send('x', 9, '127.0.0.1', (e) => e ? n(e) : y()))",
  ],
  ["fetches", () => `await fetch('http://127.0.0.1:${port}/').catch((e) => { throw e.cause ?? e })`],
];

/** As if every fence in JavaScript had fallen, with Node's own modules in hand: what the permission model alone denies. */
describe("A28 Node's own confinement of a kernel child", () => {
  it.each(inHand)("is denied to code that %s", (_, code) => {
    const script = `(async () => { try { ${code()}; console.log("reached") } catch (e) { console.log(e === "reached" ? e : "denied " + (e.code ?? e)) } process.exit() })()`;
    const ran = spawnSync(process.execPath, [...kernelArguments({ kernelHeapBytes: 2 ** 27 }), "-e", script], {
      env: {},
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(ran.stdout.trim()).toMatch(
      /^denied (?:ERR_ACCESS_DENIED|ERR_DLOPEN_DISABLED|ERR_UNKNOWN_BUILTIN_MODULE|MODULE_NOT_FOUND|ERR_)/,
    );
  });

  it("reached nothing either", () => expect(connections).toBe(0));
});
