import type { KernelEnvironment } from "../../../cells/kernel/environment.ts";
import { Kernel } from "../../../cells/kernel/kernel.ts";
import type { CellState, KernelCell, KernelEvent } from "../../../cells/protocol/kernel.ts";
import { fakeHost, type HostCalls } from "../../conformance/fake-host.ts";

/** A kernel of a test with all that it shows and tells. */
export interface KernelFixture {
  readonly kernel: Kernel;
  readonly calls: HostCalls;
  readonly events: readonly KernelEvent[];
  /** what each cell shows: values, and errors as text */
  shown(cell: number): readonly unknown[];
  /** state types by cell */
  states(): Readonly<Record<number, CellState["type"]>>;
  state(cell: number): CellState | undefined;
  define(...cells: readonly KernelCell[]): void;
  /** resolves at the next `settled` event */
  settled(): Promise<void>;
}

export function kernelFixture(
  options: {
    readonly assets?: Readonly<Record<string, unknown>>;
    readonly environment?: Partial<KernelEnvironment>;
    readonly paused?: boolean;
  } = {},
): KernelFixture {
  const { host, calls } = fakeHost(options.assets);
  const events: KernelEvent[] = [];
  const waiting: (() => void)[] = [];
  const shown = new Map<number, unknown[]>();
  const kernel = new Kernel({
    host,
    environment: { libraries: {}, ...options.environment },
    display: (cell) => {
      const place = (): unknown[] => shown.get(cell) ?? shown.set(cell, []).get(cell) ?? [];
      return {
        clear: () => void shown.set(cell, []),
        append: (value, { name }) => void place().push(name === null ? value : { [name]: value }),
        error: (error) => void place().push(String(error)),
      };
    },
    onEvent: (event) => {
      events.push(event);
      if (event.type === "settled") for (const resolve of waiting.splice(0)) resolve();
    },
  });
  kernel.open({ path: "notes/test.html", params: {}, partition: null, paused: options.paused ?? false });
  const last = (cell: number): CellState | undefined =>
    events.flatMap((event) => (event.type === "state" && event.cell === cell ? [event.state] : [])).at(-1);
  return {
    kernel,
    calls,
    events,
    shown: (cell) => shown.get(cell) ?? [],
    states: () =>
      Object.fromEntries(events.flatMap((event) => (event.type === "state" ? [[event.cell, event.state.type]] : []))),
    state: last,
    define: (...cells) => kernel.define({ cells, removed: [] }),
    settled: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

/** What `view` and `Generators.input` listen to, without a DOM. */
export class FakeInput extends EventTarget {
  readonly type = "range";
  valueAsNumber: number;

  constructor(value: number) {
    super();
    this.valueAsNumber = value;
  }

  input(value: number): void {
    this.valueAsNumber = value;
    this.dispatchEvent(new Event("input"));
  }
}
