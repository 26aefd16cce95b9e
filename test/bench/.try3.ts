import * as B from "./kernel.ts";
const n = Number(process.argv[2] ?? 10000);
const inputs = Array.from({ length: n }, (_, id) => (id === 0 ? [] : [id - 1]));
const o = await B.startKernel(inputs),
  b = await B.startRuntime(inputs);
const t: any = { o: [], b: [] };
for (let i = -20; i < 100; i++)
  for (const [k, s] of i % 2
    ? [
        ["o", o],
        ["b", b],
      ]
    : ([
        ["b", b],
        ["o", o],
      ] as any)) {
    const a = performance.now();
    await s(i + 100);
    if (i >= 0) t[k].push(performance.now() - a);
  }
for (const k of ["o", "b"]) t[k].sort((a: number, b: number) => a - b);
const q = (p: number) => [t.o[p], t.b[p], t.o[p] / t.b[p]].map((x) => x.toFixed(2)).join(" ");
console.log("min", q(0), "p10", q(10), "q1", q(25), "med", q(50));
process.exit(0);
