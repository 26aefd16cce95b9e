import { benchKernel } from "./kernel.ts";
await benchKernel({ rounds: 40 });
