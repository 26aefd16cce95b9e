import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import config from "../../vite.config.ts";
import { notebookOf, openPage } from "../support/open-page.ts";
import { type Figure, median } from "./figure.ts";

const rows = 1_000_000;
const rounds = 7;
const query = (from: string): string =>
  `SELECT (i + ${from})::INT AS id, (i * 7919) % 1000003 AS mixed, sin(i) AS x, sqrt(i) AS y, 'cat' || (i % 20) AS cat, 'name-' || i AS name, TIMESTAMP '2020-01-01' + to_seconds(i) AS at, i % 3 = 0 AS third FROM range(${rows}) t(i)`;

/** In a real browser: a SQL cell against bare duckdb-wasm in the same page, and what the page weighs. */
export async function measurePage(): Promise<readonly Figure[]> {
  return [await sqlCell(), ...(await weights())];
}

/**
 * From the change of an input to the rows on the screen, against the same statement by `connection.query()` of duckdb-wasm,
 * whose rows are then in the page as bytes.
 */
async function sqlCell(): Promise<Figure> {
  const app = await openPage();
  try {
    const frame = await app.open({
      text: notebookOf(
        ["js", "const n = view(Inputs.range([0, 1000], {step: 1, value: 0}));"],
        ["sql", query("${n}"), 'output="big"'],
      ),
    });
    await frame.waitForFunction(() => document.querySelector(".grid-cell")?.textContent === "0");
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      ours.push(
        await frame.evaluate(async (value) => {
          const input = document.querySelector<HTMLInputElement>("#cell-1 input[type=number]");
          const output = document.querySelector("#cell-2 .cell-output");
          if (input === null || output === null) throw new Error("the notebook is not there");
          const started = performance.now();
          const shown = new Promise<void>((resolve) => {
            const observer = new MutationObserver(() => {
              if (output.querySelector(".grid-cell")?.textContent !== String(value)) return;
              observer.disconnect();
              resolve();
            });
            observer.observe(output, { childList: true, subtree: true, characterData: true });
          });
          input.value = String(value);
          input.dispatchEvent(new Event("input", { bubbles: true }));
          await shown;
          return performance.now() - started;
        }, round),
      );
      theirs.push(
        await app.page.evaluate(
          async (sql) => {
            const connection = await (await Reflect.get(globalThis, "page").engine()).connect();
            const started = performance.now();
            await connection.arrowAtOnce(sql);
            const ms = performance.now() - started;
            await connection.close();
            return ms;
          },
          query(String(round)),
        ),
      );
    }
    const [a, b] = [median(ours), median(theirs)];
    return {
      name: "SQL cell in the page, 1 M rows × 8, input → shown",
      unit: "ms",
      ours: a,
      bare: b,
      goal: "≤ 1.1 × bare",
      isReached: a <= 1.1 * b,
    };
  } finally {
    await app.close();
  }
}

/** What a browser fetches before DuckDB, compressed: the entry of the page with all that it imports at once, and the frame. */
async function weights(): Promise<readonly Figure[]> {
  const outDir = new URL("../../node_modules/.cache/cellar-bench-page/", import.meta.url).pathname;
  await build({
    ...config,
    configFile: false,
    logLevel: "error",
    build: { ...config.build, outDir, emptyOutDir: true },
  });
  const size = async (name: string): Promise<number> =>
    gzipSync(await readFile(join(outDir, name)), { level: 9 }).length / 1000;
  const html = await readFile(join(outDir, "index.html"), "utf8");
  const wanted = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? "");
  wanted.push(...(await readdir(join(outDir, "assets"))).filter((name) => /^define-notebook.*\.js$/.test(name)));
  const kB = async (names: Iterable<string>): Promise<number> =>
    (await Promise.all([...names].map((name) => size(`assets/${name}`)))).reduce((sum, one) => sum + one, 0);
  const first = await withImports(wanted, outDir);
  const compiler = (await readdir(join(outDir, "assets"))).filter((name) => /^sql-[\w-]{8}\.js$/.test(name));
  const withSql = await withImports([...first, ...compiler], outDir);
  const frame = await size("frame.html");
  const figure = (name: string, ours: number, most: number): Figure => ({
    name,
    unit: "kB",
    ours,
    bare: null,
    goal: `≤ ${most} kB`,
    isReached: ours <= most,
  });
  return [
    figure("weight of the shell with a notebook of JavaScript and text, gzip", await kB(first), 150),
    figure("weight of the shell with SQL, before DuckDB, gzip", await kB(withSql), 160),
    figure("weight of the frame with its editors, gzip", frame, 350),
  ];
}

/** Scripts and styles with the scripts that they import by name, which come with them; what `import()` fetches does not. */
async function withImports(names: readonly string[], outDir: string): Promise<ReadonlySet<string>> {
  const wanted = [...names];
  const found = new Set<string>();
  for (const name of wanted) {
    if (found.has(name)) continue;
    found.add(name);
    const text = name.endsWith(".js") ? await readFile(join(outDir, "assets", name), "utf8") : "";
    wanted.push(...[...text.matchAll(/(?:from|import)\s*["`']\.\/([\w.-]+\.js)["`']/g)].map((match) => match[1] ?? ""));
  }
  return found;
}
