import { parseNotebook } from "../../../cells/format/parse.ts";
import { writeNotebook } from "../../../cells/format/serialize.ts";
import { parseTheme } from "../../../cells/format/theme.ts";
import { toCell, typeOfKind, type CellKind } from "../../../cells/model/cell.ts";
import { emptyNotebook, type Notebook, type Theme } from "../../../cells/model/notebook.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

interface KitCell {
  readonly id: number;
  readonly value?: string;
  readonly mode?: CellKind;
  readonly pinned?: boolean;
  readonly hidden?: boolean;
  readonly output?: string;
  readonly database?: string;
  readonly format?: string;
  readonly since?: string;
}

interface KitNotebook {
  readonly title?: string;
  readonly theme?: Theme;
  readonly readOnly?: boolean;
  readonly cells: readonly KitCell[];
}

type Case =
  | {
      readonly kind: "parse";
      readonly id: string;
      readonly html: string;
      readonly notebook: KitNotebook;
      readonly reserialized: string;
      readonly stable: boolean;
    }
  | {
      readonly kind: "roundtrip";
      readonly id: string;
      readonly spec: KitNotebook;
      readonly normalized: KitNotebook;
      readonly html: string;
      readonly parsed: KitNotebook;
      readonly lossless: boolean;
    };

/** The notebook file format against answers recorded from notebook-kit. */
export const suite: VectorSuite = {
  name: "observable-notebooks",
  run(document) {
    const { cases } = document as { readonly cases: readonly Case[] };
    return Promise.resolve(cases.map((test) => (test.kind === "parse" ? runParse(test) : runRoundTrip(test))));
  },
};

function runParse(test: Case & { kind: "parse" }): VectorResult {
  const file = parseNotebook(test.html);
  const notebook = toKit(file.notebook);
  const again = toKit(parseNotebook(writeNotebook(file.notebook)).notebook);
  const got = {
    notebook,
    reserialized: writeNotebook(fromKit(notebook)),
    stable: same(again, notebook) && writeNotebook(file.notebook, file) === test.html,
  };
  const { reserialized, stable } = test;
  return compare(test.id, { notebook: test.notebook, reserialized, stable }, got);
}

function runRoundTrip(test: Case & { kind: "roundtrip" }): VectorResult {
  const notebook = fromKit(test.spec);
  const html = writeNotebook(notebook);
  const parsed = toKit(parseNotebook(html).notebook);
  const normalized = toKit(notebook);
  const got = { normalized, html, parsed, lossless: same(parsed, normalized) };
  return compare(
    test.id,
    { normalized: test.normalized, html: test.html, parsed: test.parsed, lossless: test.lossless },
    got,
  );
}

function compare(id: string, expected: unknown, got: unknown): VectorResult {
  return { id, passed: same(expected, got), expected, got };
}

/** Our notebook in the kit's shape; attributes that the kit ignores on this kind of cell are left out. */
function toKit(notebook: Notebook): KitNotebook {
  const formats = "text blob buffer json csv tsv jpeg png webp gif svg xml arrow parquet html".split(" ");
  return {
    title: notebook.title,
    theme: notebook.theme,
    readOnly: notebook.readOnly,
    cells: notebook.cells.map((cell) => {
      const output = cell.output ?? cell.attributes["output"];
      const database = cell.database ?? cell.attributes["database"] ?? "var:db";
      const format = cell.format !== null && formats.includes(cell.format) ? cell.format : "buffer";
      return {
        id: cell.id,
        value: cell.source,
        mode: cell.kind,
        pinned: cell.pinned,
        hidden: cell.hidden,
        ...(output === undefined ? {} : { output }),
        ...(cell.kind === "sql" ? { database } : {}),
        ...(cell.kind === "node" || cell.kind === "python" || cell.kind === "r" ? { format } : {}),
        ...(cell.since === null ? {} : { since: cell.since }),
      };
    }),
  };
}

/** A notebook of the kit's shape as ours, with the kit's defaults written out. */
function fromKit(spec: KitNotebook): Notebook {
  return {
    ...emptyNotebook,
    title: spec.title ?? emptyNotebook.title,
    theme: typeof spec.theme === "object" ? spec.theme : parseTheme(spec.theme ?? null),
    readOnly: spec.readOnly ?? false,
    cells: spec.cells.map(({ value, mode, ...cell }) => {
      const kind = mode !== undefined && mode in typeOfKind ? mode : mode === "unknown" ? "unknown" : "js";
      const loader = kind === "node" || kind === "python" || kind === "r";
      return toCell({
        ...cell,
        kind,
        source: value ?? "",
        database: cell.database ?? (kind === "sql" ? "var:db" : null),
        format: cell.format ?? (loader ? "buffer" : null),
      });
    }),
  };
}
