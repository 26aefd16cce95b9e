/// <reference types="vite/client" />
import { lazyEngine } from "../../../src/host/engine-provider.ts";
import { CellarNotebook } from "../../../src/notebook/notebook-element.ts";
import { bareKernel } from "./bare-kernel.ts";
import { memoryPorts, type MemoryNotebook } from "./memory-ports.ts";

customElements.define("cellar-notebook", CellarNotebook);
const engine = lazyEngine();

const kernel = bareKernel();
let opened = 0;
const current: { element: CellarNotebook | null; memory: ReturnType<typeof memoryPorts> | null } = {
  element: null,
  memory: null,
};

/** What the tests drive the page with. */
const page = {
  engine,
  kernel,
  current,
  /** Opens a notebook of these contents in place of what is open. */
  open(options: MemoryNotebook): void {
    // drafts are kept by path: each notebook its own
    current.memory = memoryPorts({ path: `test-${++opened}.html`, ...options });
    current.element = document.createElement("cellar-notebook");
    current.element.engine = engine;
    current.element.ports = current.memory.ports;
    document.body.replaceChildren(current.element);
  },
};
Object.assign(globalThis, { page });

export type TestPage = typeof page;
