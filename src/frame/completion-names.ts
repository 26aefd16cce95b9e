import { builtinNames } from "../../cells/compile/builtin-names.ts";
import type { CompletionSource } from "../editor/completion.ts";
import type { DocumentStore } from "./document-store.ts";
import { kindNames } from "./kinds.ts";

/** Names for completion: of other cells, of built-ins, of published assets. Columns come with the values that cells gave. */
export class CompletionNames {
  readonly #store: DocumentStore;
  readonly #tables = new Map<string, readonly string[]>();

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** Remembers the columns of the table that a cell with these names shows. */
  learn(names: readonly string[], columns: readonly string[]): void {
    for (const name of names) this.#tables.set(name, columns);
  }

  forCell(cell: number): CompletionSource {
    const others = () => this.#store.cells.filter(({ id }) => id !== cell);
    return {
      names: () => [
        ...others().flatMap(({ id, kind, outputs }) =>
          outputs.map((label) => ({ label, type: "variable", detail: `${kindNames[kind]}, cell ${id}`, boost: 2 })),
        ),
        ...builtinNames
          .filter(({ name }) => !name.startsWith("@"))
          .map(({ name }) => ({ label: name, type: "function", detail: "built in" })),
        ...globals.map((label) => ({ label, type: "keyword", boost: -1 })),
      ],
      tables: () => ({
        ...Object.fromEntries(
          this.#store.names.filter(({ type }) => type === "asset").map(({ name }) => [name.replace("/", "."), []]),
        ),
        ...Object.fromEntries(
          others().flatMap(({ outputs }) => outputs.map((name) => [name, this.#tables.get(name) ?? []])),
        ),
      }),
      members: (name) => members[name] ?? [],
    };
  }
}

const globals =
  "const let function async await return if else for of in new class import from true false null undefined Array Object Map Set Math JSON Date Number String Promise console document".split(
    " ",
  );

const members: Readonly<Record<string, readonly string[]>> = {
  Inputs: [
    "button",
    "checkbox",
    "color",
    "date",
    "datetime",
    "email",
    "file",
    "form",
    "input",
    "number",
    "password",
    "radio",
    "range",
    "search",
    "select",
    "table",
    "tel",
    "text",
    "textarea",
    "toggle",
    "url",
  ],
  Plot: [
    "plot",
    "dot",
    "dotX",
    "dotY",
    "line",
    "lineX",
    "lineY",
    "areaY",
    "areaX",
    "barX",
    "barY",
    "rectX",
    "rectY",
    "ruleX",
    "ruleY",
    "cell",
    "text",
    "tip",
    "link",
    "arrow",
    "geo",
    "hexbin",
    "binX",
    "binY",
    "bin",
    "groupX",
    "groupY",
    "group",
    "stackX",
    "stackY",
    "normalizeY",
    "windowY",
    "axisX",
    "axisY",
    "gridX",
    "gridY",
    "frame",
    "boxX",
    "boxY",
    "density",
    "contour",
    "voronoi",
    "tree",
    "legend",
    "identity",
  ],
  Generators: ["input", "observe", "queue"],
  console: ["log", "warn", "error"],
};
