import type { Diagnostic } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import type { Edge, GraphCell } from "./graph.ts";

/** What belongs to an asset, and to a check or sensor too where it is in the second list. */
const ofAssets = ["store", "partitions", "upstream", "after", "fresh", "retain", "automation"];
const ofSteps = ["retries", "timeout", "pool", "priority"];

/** Attributes that are well written and do nothing where they stand, each a warning; and mappings of inputs that there are not. */
export function idleAttributes(cells: readonly GraphCell[], edges: readonly Edge[]): Diagnostic[] {
  const read = new Map<number, string[]>();
  for (const edge of edges) {
    if (edge.type === "file") continue;
    const names = read.get(edge.to);
    if (names) names.push(edge.name);
    else read.set(edge.to, [edge.name]);
  }
  const sensors = new Map<string, number>();
  return cells.flatMap((cell) => [
    ...idleIn(cell),
    ...unreadInputs(cell, read.get(cell.cell.id) ?? []),
    ...twinSensor(cell, sensors),
  ]);
}

function idleIn({ cell, compiled, options, storage, diagnostics }: GraphCell): readonly Diagnostic[] {
  const has = (name: string) => cell.attributes[name] !== undefined;
  const isTold = (name: string) => diagnostics.some(({ attribute }) => attribute === name);
  const found: Diagnostic[] = [];
  const idle = (names: readonly string[], why: string) => {
    for (const attribute of names.filter((name) => has(name) && !isTold(name))) {
      const message = `${attribute} does nothing here (cell ${cell.id}): ${why}`;
      found.push({
        ...{ code: "attribute_invalid", severity: "warning", message, cell: cell.id, span: null, attribute },
      });
    }
  };
  if (!has("check") && !has("expect")) idle(["severity", "blocking"], "it belongs to a cell with check or expect");
  if (!has("sensor")) idle(["every", "select"], "it belongs to a cell with sensor");
  if (!has("retries") || (options.retries === 0 && !isTold("retries")))
    idle(["delay", "backoff", "jitter"], 'it is about trying again; add retries="3" or take it out');
  else if (!has("delay")) idle(["backoff", "jitter"], 'there is no delay to change; add delay="10s" or take it out');
  if (cell.kind !== "sql") idle(["database"], "it belongs to a SQL cell");
  if (!["node", "python", "r", "unknown"].includes(cell.kind))
    idle(["format", "since"], "it belongs to a data loader, which Cellar shows and never executes");
  if (has("check") || has("test")) {
    const what = has("check") ? "a check" : "a test";
    idle(["store", "upstream", "after", "fresh", "retain"], `the cell is ${what} and no asset; take it out`);
    idle(["partitions"], `${what} has those of its asset; take it out`);
  } else if (has("sensor")) idle([...ofAssets, ...ofSteps], "the cell is a sensor and no asset; take it out");
  else if (compiled.outputs.length === 0 && compiled.diagnostics.every(({ severity }) => severity !== "error"))
    idle([...ofAssets, ...ofSteps, "group"], "this cell defines no asset; give it an output");
  else if (compiled.outputs.length > 0 && compiled.outputs.every(({ name }) => storage[name] === "virtual"))
    idle(
      ["after", "automation", "fresh", "retain", ...ofSteps],
      `${compiled.outputs[0]?.name ?? "its output"} is never stored; put it on what reads it`,
    );
  return found;
}

/** `upstream` that says how to read an input which the cell does not read. */
function unreadInputs({ cell, options }: GraphCell, names: readonly string[]): readonly Diagnostic[] {
  const text = cell.attributes["upstream"] ?? "";
  return Object.keys(options.upstream).flatMap((name): Diagnostic[] => {
    if (names.includes(name) || names.some((read) => read.endsWith("*"))) return [];
    const start = text.search(new RegExp(`(?<![^\\s;])${name.replace(/[$.]/g, "\\$&")}\\s*:`));
    const known = names.length === 0 ? "it reads nothing" : `it reads ${[...new Set(names)].slice(0, 12).join(", ")}`;
    const message = `invalid upstream: ${quote(text)} (cell ${cell.id}): this cell reads no ${name}; ${didYouMean(name, names)}${known}`;
    const span = start < 0 ? null : { start, end: start + name.length };
    return [{ code: "attribute_invalid", severity: "error", message, cell: cell.id, span, attribute: "upstream" }];
  });
}

/** Two sensors of a notebook with one name: the second is never evaluated. */
function twinSensor({ cell, options }: GraphCell, seen: Map<string, number>): readonly Diagnostic[] {
  if (options.sensor === null) return [];
  const { name } = options.sensor;
  const first = seen.get(name);
  if (first === undefined) seen.set(name, cell.id);
  const code = cell.source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "").trim();
  const why =
    first !== undefined
      ? `cell ${first} is the sensor ${name} already; give this one another name`
      : code !== "" && !["js", "ts", "ojs"].includes(cell.kind)
        ? `a sensor's code is JavaScript, and this cell is ${cell.kind}; write it in a JavaScript cell`
        : code === "" && options.sensor.source.type === "code"
          ? `the cell is empty; write what it asks for, as ({run: {}}), or what wakes it, as sensor="${name}: file inbox/*.csv"`
          : null;
  if (why === null) return [];
  const message = `invalid sensor: ${quote(cell.attributes["sensor"] ?? "")} (cell ${cell.id}): ${why}`;
  return [{ code: "attribute_invalid", severity: "error", message, cell: cell.id, span: null, attribute: "sensor" }];
}
