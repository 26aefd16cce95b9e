import { kernelConformance } from "../../conformance/kernel.ts";
import { memoryKernel } from "../../conformance/memory-kernel.ts";

kernelConformance("an in-memory pair", (host) => memoryKernel(host));
