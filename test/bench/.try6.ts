import { Runtime } from "@observablehq/runtime";
import { Part } from "../../cells/kernel/part.ts";
import { createRuntime } from "../../cells/kernel/define.ts";
import * as B from "./kernel.ts";
const n = Number(process.argv[3] ?? 1000);
const mode = process.argv[2]!;
const rt: any = mode.includes("frame")
  ? createRuntime({ builtins: {}, resolve: () => undefined, frame: () => Promise.resolve(), onTurn() {} })
  : new Runtime({}, () => undefined);
const m = rt.module();
let left = 0,
  fin = () => {};
const ev = globalThis.eval;
const owner = {
  now: () => 0,
  opened() {
    left++;
  },
  closed() {
    if (--left === 0) fin();
  },
  changed() {},
  gave() {},
  failed() {},
};
const wait = () => new Promise<void>((r) => (fin = r));
const vars = Array.from({ length: n }, (_, id) => {
  const names = id ? [`c${id - 1}`] : [];
  const f = ev(`"use strict";((${names})=>{\nconst c${id} = ${id ? `c${id - 1} + 1` : 0};\nreturn {c${id}};})`);
  const name = `c${id}`;
  if (mode.includes("part")) {
    const part = new Part(owner as any);
    const start = (run: any, self: any) => Reflect.get(Reflect.apply(f, self, run.inputs), name);
    return m.variable(part).define(name, names, function (this: any, ...v: any[]) {
      return part.compute(v, start, this);
    });
  }
  const obs = {
    pending() {
      left++;
    },
    fulfilled() {
      if (--left === 0) fin();
    },
  };
  return m.variable(obs).define(name, names, (...v: any[]) => Reflect.get(f(...v), name));
});
await wait();
const ts = [];
for (let i = 0; i < 1500; i++) {
  const a = performance.now();
  const d = wait();
  vars[0].define("c0", [], () => i + 7);
  await d;
  ts.push(performance.now() - a);
}
ts.splice(0, 20);
ts.sort((a, b) => a - b);
console.log(mode.padEnd(20), "min", ts[0]!.toFixed(2), "p10", ts[150]!.toFixed(2), "med", ts[750]!.toFixed(2));
process.exit(0);
