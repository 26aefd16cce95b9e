import { benchKernel } from "./kernel.ts";
console.table(await benchKernel({ rounds: 15 }));
process.exit(0);
