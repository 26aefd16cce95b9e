import { AppError } from "../errors.ts";
import type { Workspace } from "../graph/workspace.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { maxNesting, type Selection } from "./grammar.ts";
import { parseSelection } from "./parse.ts";
import { printSelection } from "./print.ts";

/** What has a selection of its own, so that another selection can name it. */
export type NamedKind = "job" | "sensor" | "schedule";

/** The selections that have a name, as text, by kind. What is left out cannot be asked. */
export type NamedSelections = Partial<Readonly<Record<NamedKind, ReadonlyMap<string, string>>>>;

/** The jobs of `cellar.json`, as far as selections name them. */
export type NamedJobs = ReadonlyMap<
  string,
  { readonly select: string; readonly schedule: readonly string[] | "partitions" }
>;

/** The assets of a notebook (its path, with or without `.html`) as a selection: what its schedule runs, and its sensors by default. */
export function notebookSelection(notebook: string): string {
  return `notebook:${JSON.stringify(notebook.replace(/\.html$/, ""))}`;
}

/** These assets and no others, as a selection. */
export function keysSelection(keys: Iterable<string>): string {
  return Array.from(keys, (key) => `key:${JSON.stringify(key)}`).join(" or ");
}

/** The sensors and schedules of a workspace, and its jobs where they are known (undefined: they are not). */
export function namedSelections({ notebooks }: Workspace, jobs?: NamedJobs): NamedSelections {
  const sensor = new Map<string, string>();
  const schedule = new Map<string, string>();
  for (const { path, cells, options } of notebooks.values()) {
    const notebook = path.replace(/\.html$/, "");
    if (options.schedule.length > 0) schedule.set(notebook, notebookSelection(path));
    for (const { options: own } of cells)
      if (own.sensor !== null && !sensor.has(`${notebook}/${own.sensor.name}`))
        sensor.set(`${notebook}/${own.sensor.name}`, own.select ?? notebookSelection(path));
  }
  if (jobs === undefined) return { sensor, schedule };
  for (const [name, job] of jobs) if (job.schedule.length > 0) schedule.set(`job:${name}`, job.select);
  return { sensor, schedule, job: new Map(Array.from(jobs, ([name, { select }]) => [name, select])) };
}

/**
 * The selections that have a name, `null` being all of a kind. A sensor is also held against its name alone, a schedule of a job against
 * the job's. Throws `selection_invalid` where there is none of the name, with the nearest, or where the kind cannot be asked.
 */
export function lookUp(
  named: NamedSelections,
  kind: NamedKind,
  name: string | null,
): readonly (readonly [name: string, select: string])[] {
  const known = named[kind];
  if (known === undefined)
    throw new AppError(
      "selection_invalid",
      `${kind}: cannot be asked here, as who is meant would change with cellar.json; name keys, tags, groups, owners or kinds`,
    );
  if (name === null) return [...known];
  const bare = (id: string) => (kind === "sensor" ? id.slice(id.lastIndexOf("/") + 1) : id.replace(/^job:/, ""));
  const exact = kind === "schedule" ? name.replace(/\.html$/, "") : name;
  const found = known.has(exact) ? [exact] : [...known.keys()].filter((id) => bare(id) === name);
  if (found.length > 0) return found.map((id) => [id, known.get(id) ?? ""] as const);
  const words = [...new Set([...known.keys()].flatMap((id) => [bare(id), id]))];
  throw new AppError("selection_invalid", `${unknown[kind](quote(name))}; ${rightOf(kind, name, words)}`);
}

const unknown: Readonly<Record<NamedKind, (name: string) => string>> = {
  job: (name) => `no job is named ${name}`,
  sensor: (name) => `no sensor is named ${name}`,
  schedule: (name) => `nothing named ${name} runs by the clock`,
};

function rightOf(kind: NamedKind, name: string, words: readonly string[]): string {
  if (words.length > 0) return `${didYouMean(name, words)}cellar ${kind}s shows those there are`;
  switch (kind) {
    case "job":
      return 'cellar.json has no jobs; give it some, as "jobs": {"nightly": {"select": "tag:daily"}}';
    case "sensor":
      return "there are none; give a cell sensor and a name";
    case "schedule":
      return 'there are none; give a <notebook> one, as in schedule="0 9 * * *"';
  }
}

/**
 * A selection with those that it names, and those that these name, each once, what is named before what names it. Throws
 * `selection_invalid` for a name that there is not, and where names lead in a circle.
 */
export function partsOf(
  selection: Selection,
  named: NamedSelections,
  self: { readonly kind: NamedKind; readonly name: string } | null = null,
): readonly Selection[] {
  const parts: Selection[] = [];
  const done = new Set<string>();
  const follow = (of: Selection, way: readonly string[]): void => {
    if (way.length > maxNesting)
      throw new AppError("selection_invalid", `${way[0]} leads over ${maxNesting} names deep; name keys or tags`);
    for (const { kind, name } of namesIn(of))
      for (const [id, text] of lookUp(named, kind, name)) {
        const full = nameOf(kind, id);
        if (way.includes(full)) throw circle([...way.slice(way.indexOf(full)), full]);
        if (done.has(full)) continue;
        follow(parseSelection(text), [...way, full]);
        done.add(full);
      }
    parts.push(of);
  };
  follow(selection, self === null ? [] : [nameOf(self.kind, self.name)]);
  return parts;
}

function nameOf(kind: NamedKind, id: string): string {
  return printSelection({ type: "attribute", name: kind, value: id });
}

function circle(names: readonly string[]): AppError {
  const [first, ...rest] = names;
  const said = rest.length === 1 ? `${first} selects itself` : `${names.join(" selects ")}: a circle`;
  return new AppError("selection_invalid", `${said}; let one of them name keys, tags or groups instead`, {
    data: { circle: names.join(" ") },
  });
}

/** The names in a selection itself; of no kind twice the same. */
export function namesIn(selection: Selection): readonly { readonly kind: NamedKind; readonly name: string | null }[] {
  if (selection.type === "attribute") {
    const { name, value } = selection;
    return name === "job" || name === "sensor" || name === "schedule" ? [{ kind: name, name: value }] : [];
  }
  if (!("of" in selection)) return [];
  const inner: readonly Selection[] = "type" in selection.of ? [selection.of] : selection.of;
  return inner.flatMap(namesIn);
}
