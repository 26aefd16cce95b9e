import { argumentName } from "../../cells/compile/compiled-cell.ts";
import { sensorAnswer } from "../../cells/builtins/sensor.ts";
import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import type { AssetInput, AssetNode } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { SensorOption } from "../../cells/model/options.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import { notebookSelection } from "../../cells/select/named.ts";
import type { CatalogEntry } from "../workspace/catalog.ts";

/** A sensor of a published notebook. */
export interface Sensor {
  /** `notebook/name` */
  readonly key: string;
  /** in the store: by the notebook's id, so that a moved file keeps its history */
  readonly id: string;
  readonly graph: NotebookGraph;
  readonly cell: GraphCell;
  readonly option: SensorOption;
  readonly everyMs: number;
  /** what a request runs where it does not say */
  readonly select: string;
  readonly hasCode: boolean;
  /** why it cannot be evaluated, or null */
  readonly problem: string | null;
}

/** the name of what a sensor's cell gave, which no author can write */
const answerName = "@sensor answer";
const usualEveryMs = 30_000;
// what wakes a sensor of these comes by itself; a burst is one tick
const wokenEveryMs = 1_000;

/** The sensors of a notebook, in the order of its cells. */
export function sensorsOf(entry: CatalogEntry, notebookId: string): readonly Sensor[] {
  if (entry.type !== "notebook") return [];
  const { graph } = entry;
  const notebook = graph.path.replace(/\.html$/, "");
  const seen = new Set<string>();
  return graph.cells.flatMap((cell): Sensor[] => {
    const { sensor: option, everyMs, select } = cell.options;
    if (option === null) return [];
    const { kind, source } = cell.cell;
    const hasCode = source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "").trim() !== "";
    const isTwice = seen.has(option.name);
    seen.add(option.name);
    return [
      {
        key: `${notebook}/${option.name}`,
        id: `${notebookId}#${option.name}`,
        graph,
        cell,
        option,
        everyMs: everyMs ?? (option.source.type === "code" ? usualEveryMs : wokenEveryMs),
        select: select ?? notebookSelection(graph.path),
        hasCode,
        problem: isTwice
          ? `two cells of ${graph.path} are the sensor ${option.name}; give one of them another name`
          : option.source.type === "code" && !hasCode
            ? `the cell is empty; write what it asks for, as ({run: {}}), or what wakes it, as sensor="${option.name}: file inbox/*.csv"`
            : hasCode && kind !== "js" && kind !== "ts" && kind !== "ojs"
              ? `a sensor's code is JavaScript, and this cell is ${kind}`
              : cell.compiled.body === null && hasCode
                ? (cell.compiled.diagnostics[0]?.message ?? "its code cannot be compiled")
                : null,
      },
    ];
  });
}

/** The cells of a sensor's notebook for a kernel, in which the sensor's own gives what it asks for under `answerName`. */
export function answeringCells({ graph, cell }: Sensor): readonly KernelCell[] {
  return toKernelCells(graph).map((told) => (told.compiled.id === cell.cell.id ? answering(told) : told));
}

/**
 * The cell as a function that hands over what it gave. The author's lines stay where they are, so that errors have their places. Of a
 * cell with declarations only calls of `sensor.run` and the like count: its value is what it declares.
 */
function answering(told: KernelCell): KernelCell {
  const { compiled } = told;
  const inputs = compiled.inputs.some(({ name }) => name === "sensor")
    ? compiled.inputs
    : [...compiled.inputs, { name: "sensor", spans: [] }];
  const parameters = inputs.map(({ name }) => argumentName(name)).join(", ");
  const own = compiled.inputs.map(({ name }) => argumentName(name)).join(", ");
  const declares = compiled.output === null && compiled.outputs.length > 0;
  const value = `await (${compiled.body ?? "() => null"})(${own})`;
  const body = `async (${parameters}) => { const __given = ${value}; return sensor.${sensorAnswer}(${declares ? "undefined" : "__given"}); }`;
  return {
    ...told,
    run: "auto",
    compiled: {
      ...compiled,
      inputs,
      outputs: [{ name: answerName, spans: [] }],
      output: answerName,
      autodisplay: false,
      autoview: false,
      automutable: false,
      async: true,
      body,
    },
  };
}

/** The sensor's cell as if it were an asset: what it reads is found as for one. */
export function answerNode({ graph, cell, option }: Sensor, notebookId: string | null): AssetNode {
  const inputs = new Map<string, AssetInput>();
  for (const edge of graph.edges) {
    if (edge.to !== cell.cell.id) continue;
    if (edge.type === "file") inputs.set(`file:${edge.file}`, { type: "file", file: edge.file });
    else {
      const key = edge.type === "asset" ? edge.asset : AssetKey.of(graph.path, edge.name);
      if (!inputs.has(key)) inputs.set(key, { type: "asset", key, name: edge.name });
    }
  }
  return {
    key: AssetKey.of(graph.path, option.name),
    notebook: graph.path,
    notebookId,
    cell: cell.cell.id,
    name: answerName,
    kind: cell.cell.kind,
    storage: "virtual",
    codeVersion: cell.codeVersion,
    effectiveCodeVersion: cell.codeVersion,
    inputs: [...inputs.values()],
    sources: [],
    readsItself: false,
    keysFrom: [],
    comesAfter: [],
    paramsOf: [],
    volatile: [],
    options: { ...cell.options, partitions: null },
    tags: {},
    owners: [],
    group: "",
    description: null,
    problem: null,
  };
}
