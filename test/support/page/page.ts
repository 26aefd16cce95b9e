/// <reference types="vite/client" />
/// <reference path="../../../src/notebook/virtual.d.ts" />
/// <reference path="../../../src/frame/inspector.d.ts" />
import { lazyEngine } from "../../../src/host/engine-provider.ts";
import { CellarNotebook } from "../../../src/notebook/notebook-element.ts";
import { memoryPorts, type MemoryNotebook } from "./memory-ports.ts";

customElements.define("cellar-notebook", CellarNotebook);
const engine = lazyEngine();

/** What the tests drive the page with. */
const page = {
  engine,
  /** Opens a notebook of these contents in place of what is open. */
  open(options: MemoryNotebook): { readonly element: CellarNotebook; readonly memory: ReturnType<typeof memoryPorts> } {
    const memory = memoryPorts(options);
    const element = document.createElement("cellar-notebook");
    element.engine = engine;
    element.ports = memory.ports;
    document.body.replaceChildren(element);
    return Object.assign(current, { element, memory });
  },
  current: null as unknown,
};
const current: Record<string, unknown> & { element?: CellarNotebook } = {};
page.current = current;
Object.assign(globalThis, { page });

declare global {
  var page: {
    open(options: MemoryNotebook): unknown;
    current: { element: CellarNotebook; memory: ReturnType<typeof memoryPorts> };
    engine: ReturnType<typeof lazyEngine>;
  };
}
