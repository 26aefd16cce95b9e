import { noDisplay } from "../../cells/kernel/environment.ts";
import { Kernel } from "../../cells/kernel/kernel.ts";
import { LiveCell } from "../../cells/kernel/cell.ts";
import { Part } from "../../cells/kernel/part.ts";
import * as B from "./kernel.ts";
const n = 1000;
const mode = process.argv[2]!;
let settled = () => {};
let clock: any = mode.includes("now") ? () => 0 : Date.now;
const kernel = new Kernel({
  host: {} as any,
  environment: { libraries: {}, now: clock },
  display: noDisplay,
  onEvent(e) {
    if (e.type === "settled") settled();
  },
});
const wait = () => new Promise<void>((r) => (settled = r));
const cell = (id: number, names: number[], x: string) => (B as any).cellOf(id, names, x);
kernel.define({
  cells: Array.from({ length: n }, (_, id) => cell(id, id ? [id - 1] : [], id ? `c${id - 1} + 1` : "0")),
  removed: [],
});
await wait();
if (mode.includes("flush"))
  (Kernel.prototype as any).touched = function (c: any) {
    c.marked = true;
  };
if (mode.includes("gave")) (LiveCell.prototype as any).gave = function () {};
if (mode.includes("oc")) {
  (LiveCell.prototype as any).opened = function () {};
  (LiveCell.prototype as any).closed = function () {};
}
const ts = [];
for (let i = 0; i < 1500; i++) {
  const a = performance.now();
  const d = wait();
  kernel.define({ cells: [cell(0, [], String(i + 7))], removed: [] });
  await d;
  ts.push(performance.now() - a);
}
ts.splice(0, 20);
ts.sort((a, b) => a - b);
console.log(mode.padEnd(20), "min", ts[0]!.toFixed(2), "p10", ts[150]!.toFixed(2), "med", ts[750]!.toFixed(2));
process.exit(0);
