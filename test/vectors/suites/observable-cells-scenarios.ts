import { Inspector } from "@observablehq/inspector";
import { compileCell } from "../../../cells/compile/compile.ts";
import { encodeArrow } from "../../../cells/data/arrow.ts";
import { messageOf } from "../../../cells/errors.ts";
import type { CellDisplay, KernelEnvironment } from "../../../cells/kernel/environment.ts";
import { Kernel } from "../../../cells/kernel/kernel.ts";
import { toCell, type CellKind } from "../../../cells/model/cell.ts";
import type { KernelHost } from "../../../cells/protocol/host.ts";
import { installDom } from "../../../server/kernel-child/dom.ts";
import { libraries } from "../../../server/kernel-child/libraries.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

interface Scenario {
  readonly id: string;
  readonly cells: readonly {
    readonly id: number;
    readonly mode: CellKind;
    readonly source: string;
    readonly hidden?: boolean;
    readonly output?: string;
  }[];
  readonly displayed: Readonly<Record<string, readonly string[]>>;
  readonly transpileErrors?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Time that the slowest scenario needs for its timers, in ms. */
const settleMs = 160;

/** Small notebooks through the whole path: text → compiled cell → kernel → what each cell shows. */
export const suite: VectorSuite = {
  name: "observable-cells-scenarios",
  async run(document) {
    await installDom();
    const { scenarios } = document as { readonly scenarios: readonly Scenario[] };
    const results: VectorResult[] = [];
    for (const scenario of scenarios) results.push(await runScenario(scenario));
    return results;
  },
};

async function runScenario(scenario: Scenario): Promise<VectorResult> {
  const shown = new Map<number, Displayed>();
  const environment: KernelEnvironment = { libraries };
  const kernel = new Kernel({
    host: rowHost(),
    environment,
    display: (cell) => {
      const display = new Displayed();
      shown.set(cell, display);
      return display;
    },
    onEvent: () => {},
  });
  const compiled = scenario.cells.map(({ id, mode, source, hidden = false, output = null }) =>
    compileCell(toCell({ id, kind: mode, source, hidden, output })),
  );
  kernel.define({
    cells: compiled.map((cell) => ({ compiled: cell, tables: [], imports: {}, run: "auto" })),
    removed: [],
  });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const broken = compiled.flatMap(({ id, diagnostics }) => {
    const failure = diagnostics.find(({ severity }) => severity === "error");
    return failure === undefined ? [] : [[id, `SyntaxError: ${failure.message}`] as const];
  });
  const displayed: Record<string, readonly string[]> = {};
  for (const { id } of compiled)
    if (!broken.some(([other]) => other === id)) displayed[id] = shown.get(id)?.texts ?? [];
  const values = await readValues(kernel, Object.keys(scenario.values ?? {}), shown);
  kernel.close();
  const got = {
    displayed,
    ...(broken.length > 0 ? { transpileErrors: Object.fromEntries(broken) } : {}),
    ...(scenario.values ? { values } : {}),
  };
  const expected = {
    displayed: scenario.displayed,
    ...(scenario.transpileErrors ? { transpileErrors: scenario.transpileErrors } : {}),
    ...(scenario.values ? { values: scenario.values } : {}),
  };
  return { id: scenario.id, passed: same(expected, got), expected, got };
}

/** The values of names, as cells that read them get them. */
async function readValues(
  kernel: Kernel,
  names: readonly string[],
  shown: ReadonlyMap<number, Displayed>,
): Promise<Values> {
  const probe = 10_000;
  const cells = names.map((name, index) => compileCell(toCell({ id: probe + index, kind: "js", source: name })));
  kernel.define({
    cells: cells.map((cell) => ({ compiled: cell, tables: [], imports: {}, run: "auto" })),
    removed: [],
  });
  await new Promise((resolve) => setTimeout(resolve, settleMs / 4));
  return Object.fromEntries(
    names.map((name, index) => {
      const display = shown.get(probe + index);
      return [name, display?.failure === null ? plain(display.value) : { $error: messageOf(display?.failure) }];
    }),
  );
}

type Values = Readonly<Record<string, unknown>>;

/** What one cell shows: the inspector's text, the HTML of a node, or an error. */
class Displayed implements CellDisplay {
  texts: string[] = [];
  value: unknown = undefined;
  failure: unknown = null;

  clear(): void {
    this.texts = [];
  }

  append(value: unknown, { name }: { readonly name: string | null }): void {
    this.value = value;
    this.failure = null;
    this.texts.push(textOf(value, name));
  }

  error(error: unknown): void {
    this.failure = error;
    this.texts.push(`ERROR ${String(error)}`);
  }
}

function textOf(value: unknown, name: string | null): string {
  if (value instanceof Element) return value.outerHTML;
  const root = document.createElement("div");
  new Inspector(root).fulfilled(value, name ?? undefined);
  // the inspector draws a triangle before what can be unfolded
  return root.textContent.replaceAll("\u00a0", " ").trim();
}

/** Values as the recording has them: JSON, rows of tables as arrays. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** The engine of the recording: `SELECT ${x} AS name` gives one row with the parameter. */
function rowHost(): KernelHost {
  const stored = new Map<string, Uint8Array>();
  const refuse = async (): Promise<never> => {
    throw new Error("no scenario asks for this");
  };
  return {
    async query({ strings, params }) {
      const name = /AS (\w+)/i.exec(strings.join("?"))?.[1] ?? "value";
      const bytes = encodeArrow([{ [name]: params[0] }]);
      if (bytes === null) throw new Error("a row cannot be encoded");
      const id = `${name} ${String(params[0])}`;
      stored.set(id, bytes);
      return { id, columns: [], rows: 1 };
    },
    rows: async ({ relation }) => stored.get(relation)?.slice() ?? refuse(),
    put: refuse,
    asset: refuse,
    file: refuse,
    log() {},
  };
}
