import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { cycleThrough, findCycles } from "../cells/graph/cycles.ts";

/**
 * Who may import whom (DESIGN.md section 3): each folder of the core may import those named behind it, and itself. To
 * read a dependency the other way round, move what is needed down, or hand it in as a parameter.
 */
const core: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ["errors"],
  data: ["errors", "model"],
  // they lean on each other, file by file: cron syntax and zones below ticks, ticks below windows
  partition: ["errors", "model", "schedule"],
  format: ["errors", "model", "partition", "automation", "freshness", "checks", "sensor"],
  checks: ["errors", "model"],
  compile: ["errors", "model"],
  graph: ["errors", "model", "data", "partition", "format", "compile"],
  select: ["errors", "model", "graph"],
  staleness: ["errors", "model", "data", "partition", "graph"],
  lineage: ["errors", "model", "data", "graph", "select", "staleness"],
  tests: ["errors", "model", "compile", "graph"],
  schedule: ["errors", "model", "partition"],
  plan: ["errors", "model", "partition", "graph", "select", "staleness", "lineage"],
  params: ["errors", "model"],
  freshness: ["errors", "model", "partition", "format", "schedule"],
  automation: [
    "errors",
    "model",
    "format",
    "partition",
    "graph",
    "select",
    "staleness",
    "schedule",
    "plan",
    "freshness",
  ],
  sensor: ["errors", "model", "partition", "format", "select"],
  protocol: ["errors", "model", "partition", "compile", "graph"],
  builtins: ["errors", "model", "data", "protocol"],
  kernel: ["errors", "model", "data", "compile", "protocol", "builtins"],
  api: ["errors", "model", "graph", "lineage", "plan", "protocol", "staleness"],
};

/** Reading and writing a selection or a condition needs no graph, so that any text field and the format can do it. */
const pureFiles =
  /^cells\/(select\/(grammar|scanner|parse|print|regex|wildcard)|automation\/(condition|scanner|read|parse|print|core|expand))\.ts$/;

/** Code that runs beside the author's: it sees the core, and nothing that has powers. */
const islands: readonly { readonly folders: readonly string[]; readonly name: string }[] = [
  { name: "the frame", folders: ["src/frame/", "src/editor/", "src/styles/"] },
  { name: "the kernel child", folders: ["server/kernel-child/"] },
];

/**
 * Packages that a folder is about. Any other is named in one file, so that replacing it is a change to one file; or in
 * one of the browser and one of the server, where each loads it in its own way.
 */
const homes: Readonly<Record<string, string>> = {
  lit: "src/",
  codemirror: "src/editor/",
  "@codemirror": "src/editor/",
  "@lezer": "src/editor/",
  fastify: "server/http/",
  "@fastify": "server/http/",
  typebox: "cells/api/",
  "@observablehq/runtime": "cells/kernel/",
};
/** What authors may import is bundled from here, whoever else uses it. */
const library = "src/frame/library/";
/** Stand-ins in the page for packages that it loads when they are needed. */
const standIns = "src/notebook/late/";

const root = join(import.meta.dirname, "..");
/** The TypeScript of some folders: file, from the root → text. */
const textsOf = (...folders: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    folders
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
          (name) => `${folder}/${name.replaceAll("\\", "/")}`,
        ),
      )
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !name.includes("node_modules/"))
      .map((file) => [file, readFileSync(join(root, file), "utf8")]),
  );
const sources = textsOf("cells", "src", "server");
const files = [...sources.keys()];
/** file → what it imports, by value or by type, static or dynamic: files from the root, or package names as written */
const imports = new Map(
  [...sources].map(([file, text]) => [
    file,
    ts
      .preProcessFile(text, true, true)
      .importedFiles.map(({ fileName }) =>
        fileName.startsWith(".") ? normalize(join(dirname(file), fileName)).replaceAll("\\", "/") : fileName,
      ),
  ]),
);

describe("layers", () => {
  it("every folder of the core imports only what stands below it", () => {
    expect(
      every((file, target) => {
        if (!file.startsWith("cells/")) return null;
        if (/^(src|server|test)\//.test(target)) return "the core is true wherever it runs: it never imports a host";
        if (target.startsWith("node:")) return "the core has no Node; take what is needed as a parameter";
        const [from, to] = [layerOf(file), layerOf(target)];
        const allowed = core[from];
        if (!allowed) return `cells/${from} is not in the table of layers; say there what it may import`;
        if (!target.startsWith("cells/") || from === to) return null;
        if (pureFiles.test(file) && to === "graph") return "reading and writing a selection needs no graph";
        return allowed.includes(to) ? null : `cells/${from} may import ${allowed.join(", ") || "nothing"}`;
      }),
    ).toEqual([]);
  });

  it("browser and server meet in the core alone", () => {
    expect(
      every((file, target) => {
        if (file.startsWith("src/") && target.startsWith("server/")) return "the browser never imports the server";
        if (file.startsWith("server/") && target.startsWith("src/")) return "the server never imports the browser";
        if (file.startsWith("src/") && target.startsWith("node:")) return "there is no Node in a browser";
        return target.startsWith("test/") ? "tests are no part of the program" : null;
      }),
    ).toEqual([]);
  });

  it("code beside the author's sees the core alone", () => {
    expect(
      every((file, target) => {
        const island = islands.find(({ folders }) => folders.some((folder) => file.startsWith(folder)));
        if (!island || !/^(src|server)\//.test(target)) return null;
        return island.folders.some((folder) => target.startsWith(folder))
          ? null
          : `${island.name} runs beside the author's code and may see cells/ alone`;
      }),
    ).toEqual([]);
  });

  it("the server's process loads no DuckDB, nothing of what decodes its rows, and no client of what most workspaces never ask", () => {
    const from = new Map<string, string | null>([
      ["server/cli/main.ts", null],
      ["server/cli/commands/serve.ts", null],
    ]);
    for (const file of from.keys())
      for (const target of valueImports(file)) if (!from.has(target)) from.set(target, file);
    const wayTo = (file: string): string => {
      const before = from.get(file);
      return before == null ? file : `${wayTo(before)} → ${file}`;
    };
    // `import` of node:http loads the client behind `WebSocket` (see `server/http/http-server.ts`)
    const late = /^(@duckdb\/|apache-arrow$|parquet-wasm|node:https?$|nodemailer$|pg$|aws4fetch$)/;
    const unwanted = [...from.keys()].filter((target) => late.test(target));
    expect(unwanted.map(wayTo)).toEqual([]);
  });

  it("no files import each other in a circle, not even types", () => {
    const index = new Map(files.map((file, i) => [file, i]));
    const next = files.map((file) => (imports.get(file) ?? []).flatMap((target) => index.get(target) ?? []));
    const circles = findCycles(next).map((members) =>
      cycleThrough(members[0] ?? 0, new Set(members), next)
        .map((i) => files[i])
        .join(" → "),
    );
    expect(circles).toEqual([]);
  });

  it("a package is named in one file, or in the folder that is about it", () => {
    const users = new Map<string, Set<string>>();
    for (const [file, targets] of imports)
      for (const target of targets) {
        const name = packageOf(target);
        if (name !== null && !file.startsWith(library) && !file.startsWith(standIns))
          users.set(name, (users.get(name) ?? new Set()).add(file));
      }
    const wrong = [...users].flatMap(([name, among]) => {
      const home = homes[name] ?? homes[name.split("/")[0] ?? ""];
      const strays = home === undefined ? [...among] : [...among].filter((file) => !file.startsWith(home));
      const sides = new Set(strays.map((file) => file.split("/")[0]));
      const isOnePerHost = sides.size === strays.length && (strays.length === 1 || !sides.has("cells"));
      const isFine = home === undefined ? strays.length === 0 || isOnePerHost : strays.length === 0;
      return isFine ? [] : `${name} belongs ${home ? `in ${home}` : "in one file"}: ${strays.join(", ")}`;
    });
    expect(wrong).toEqual([]);
  });

  it("a file has at most 400 lines, or says on its first why it is long", () => {
    const long = [...sources, ...textsOf("test")].flatMap(([file, text]) => {
      const lines = text.trimEnd().split("\n").length;
      return lines <= 400 || text.startsWith("// Long because ")
        ? []
        : `${file} has ${lines} lines; split it, or begin it with "// Long because …"`;
    });
    expect(long).toEqual([]);
  });
});

/** One line for each import that breaks a rule; the rule answers why, or null. */
function every(rule: (file: string, target: string) => string | null): readonly string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets.flatMap((target) => {
      const why = rule(file, target);
      return why === null ? [] : `${file} imports ${target}: ${why}`;
    }),
  );
}

/** `cells/graph/order.ts` → `graph`, `cells/errors.ts` → `errors`. */
function layerOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** The package that an import names: `lit/directives/repeat.js` → `lit`; null for files, Node and what Vite makes. */
function packageOf(target: string): string | null {
  if (/^(node:|virtual:|(cells|src|server|test|\.\.)\/)/.test(target)) return null;
  const parts = target.split("/");
  return target.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? null);
}

/** What a file loads at once, when it is loaded itself. */
function valueImports(file: string): readonly string[] {
  const text = sources.get(file);
  if (text === undefined) return [];
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    if (!isImport || statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier))
      return [];
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : statement;
    const names = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    const isType =
      (clause !== undefined &&
        (ts.isExportDeclaration(clause) ? clause.isTypeOnly : clause.phaseModifier === ts.SyntaxKind.TypeKeyword)) ||
      (names !== undefined &&
        (ts.isNamedImports(names) || ts.isNamedExports(names)) &&
        names.elements.length > 0 &&
        names.elements.every((element) => element.isTypeOnly));
    const { text: to } = statement.moduleSpecifier;
    return isType ? [] : [to.startsWith(".") ? normalize(join(dirname(file), to)).replaceAll("\\", "/") : to];
  });
}
