import { expect, test } from "vitest";
import { checkReport } from "../../../server/handlers/notebooks.ts";
import { readEntry } from "../../../server/workspace/catalog.ts";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";

/** What `cellar check` says of these notebooks, each problem as the line that it points into, with ▸ at its place, and the sentence. */
function said(files: Readonly<Record<string, string>>, config = "{}") {
  const entries = Object.entries(files).map(([path, text]) => readEntry(path, text, "r"));
  const { problems } = checkReport(entries, parseWorkspaceConfig(config), null, Date.parse("2026-01-31"));
  return problems.map(({ path, line, column, severity, message }) => {
    const written = files[path]?.split("\n")[line - 1] ?? "";
    return `${severity} ${path}: ${written.slice(0, column - 1).slice(-12)}▸${written.slice(column - 1).slice(0, 12)}: ${message}`;
  });
}
const sql = (attributes: string, source: string) => `<script type="application/sql" ${attributes}>${source}</script>`;
const notebook = (...cells: readonly string[]) => `<notebook>\n${cells.join("\n")}\n</notebook>`;

test("an asset of another notebook that is not there", () => {
  expect(
    said({
      "a.html": notebook(sql('output="x"', "select * from sales.orders, shop.orders")),
      "sales.html": notebook(sql('output="order"', "select 1")),
    }),
  ).toEqual([
    "error a.html: lect * from ▸sales.orders: asset sales/orders does not exist: notebook sales defines no orders; correct the reference",
    "error a.html: les.orders, ▸shop.orders<: asset shop/orders does not exist: there is no notebook shop; correct the reference",
  ]);
});

test("a circle through two notebooks", () => {
  expect(
    said({
      "a.html": notebook(sql('output="x"', "select * from b.y")),
      "b.html": notebook(sql('output="y"', "select * from a.x")),
    }),
  ).toEqual([
    "error a.html: ▸<script type: assets depend on each other in a circle: a/x → b/y → a/x; break it at one of them",
    "error b.html: ▸<script type: assets depend on each other in a circle: a/x → b/y → a/x; break it at one of them",
  ]);
});

test("partitions that do not fit", () => {
  const regions = sql('output="s" partitions="static eu us"', "select 1");
  expect(
    said({
      "a.html": notebook(
        regions,
        sql('output="m" upstream="s: specific asia"', "select * from s"),
        sql(
          'output="d" upstream="s: dimension region" partitions="date: daily from=2024-01-01; area: static eu us"',
          "from s",
        ),
        sql('output="fits" upstream="s: all" partitions="daily from=2024-01-01"', "from s"),
      ),
    }),
  ).toEqual([
    'error a.html:  output="m" ▸upstream="s:: invalid upstream: "s: specific asia" (cell 2): specific: "asia" is not in the static partitions; it has eu, us',
    'error a.html:  output="d" ▸upstream="s:: invalid upstream: "s: dimension region" (cell 3): there is no dimension "region"; write one of area, date',
  ]);
});

test("resources, pools and ids", () => {
  const config =
    '{"resources": {"shop": {"kind": "http", "url": "https://x.org"}, "db": {"kind": "sqlite", "file": "x.db"}}, "pools": {"heavy": 1}}';
  const copy = `<notebook\n id="n1">${sql('output="x" pool="haevy"', "select 1")}</notebook>`;
  expect(
    said(
      {
        "a.html": notebook(
          sql('database="dbb"', "select 1"),
          sql('database="shop"', "select 1"),
          sql('database="db"', "select 1"),
        ),
        "b.html": copy,
        "c.html": copy.replace("haevy", "heavy"),
      },
      config,
    ),
  ).toEqual([
    'error a.html: cation/sql" ▸database="db: resource dbb (cell 1): cellar.json has no such resource; did you mean db? add it under resources, or correct the name',
    'error a.html: cation/sql" ▸database="sh: resource shop (cell 2): cellar.json does not let this notebook use it; add "a" to its notebooks',
    'warning b.html:  output="x" ▸pool="haevy": pool haevy has no limit (cell 1): cellar.json has none of this name; did you mean heavy? add it under pools, or correct the name',
    'warning c.html:  ▸id="n1"><scr: id "n1" is also that of b.html (notebook): a copy is a notebook of its own; take the id out of one of them',
  ]);
});

test("jobs that do not fit the notebooks", () => {
  const config = {
    jobs: {
      fine: { select: "a/x", params: { n: 2 } },
      empty: { select: "a/y" },
      param: { select: "*", params: { m: 1 } },
      asks: { select: "status:stale" },
    },
  };
  const text = JSON.stringify(config, null, 2);
  const entry = readEntry("a.html", `<notebook params='{"n": 1}'>\n${sql('output="x"', "select 1")}\n</notebook>`, "r");
  const { ok, problems } = checkReport([entry], parseWorkspaceConfig(text), null, 0);
  const lineOf = (name: string) => text.split("\n").findIndex((line) => line.includes(`"${name}": {`)) + 1;
  expect(ok).toBe(true);
  expect(problems.map(({ path, line, column, severity, message }) => [path, line, column, severity, message])).toEqual([
    [
      ...["cellar.json", lineOf("empty"), 5, "warning"],
      'job "empty": nothing is selected by "a/y"; did you mean a/x? cellar list shows the keys there are',
    ],
    ["cellar.json", lineOf("param"), 5, "warning", 'job "param": no notebook has a param m; there are n'],
  ]);
});
