import * as B from "./kernel.ts";
const inputs = Array.from({ length: 1000 }, (_, id) => (id === 0 ? [] : [id - 1]));
const o = await (process.argv[2] === "bare" ? B.startRuntime(inputs) : B.startKernel(inputs));
const c = process.cpuUsage();
let t = performance.now();
const ts = [];
for (let i = 0; i < 1500; i++) {
  const a = performance.now();
  await o(i + 100);
  ts.push(performance.now() - a);
}
ts.sort((a, b) => a - b);
console.log(process.argv[2], "min", ts[0]!.toFixed(2), "p10", ts[150]!.toFixed(2), "med", ts[750]!.toFixed(2));
process.exit(0);
