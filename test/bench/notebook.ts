import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";
import { type Figure, median } from "./figure.ts";

const cells = 200;
const edits = 40;
const openings = 5;

/** In a real browser over the real server: from an input and from an edit to the dependent cell on the screen, and opening what is materialized. */
export async function measureNotebook(): Promise<readonly Figure[]> {
  return [await inputToShown(), await editToShown(), await openMaterialized()];
}

/** A cell that defines `n`, many that hang on it, and at the end one that shows it. */
function hanging(first: string): string {
  const chain = Array.from(
    { length: cells - 2 },
    (_, at) => ["js", "", at === 0 ? "const c0 = n + 1;" : `const c${at} = c${Math.floor(at / 2)} + 1;`] as const,
  );
  return notebook([["js", "", first], ...chain, ["js", "", `"shown " + (n + 0 * c${cells - 3})`]]);
}

function shownFigure(what: string, times: readonly number[]): Figure {
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? NaN;
  return {
    name: `${what} → dependent cell on the screen, ${cells} cells, p95`,
    unit: "ms",
    ours: p95,
    bare: null,
    goal: "< 100 ms",
    isReached: p95 < 100,
  };
}

/** From Shift-Enter in an editor, on a source that was typed right before, to the frame after the last cell shows its value. */
async function editToShown(): Promise<Figure> {
  await using app = await openApp({ "a.html": hanging("const n = 0;") });
  const frame = await app.open("a.html");
  await shows(frame, `#cell-${cells} .cell-output`, "shown 0");
  const times: number[] = [];
  for (let value = 1; value <= edits; value++) {
    await frame.click("#cell-1 .cell-source");
    await app.page.keyboard.press("ControlOrMeta+a");
    await frame.evaluate(
      ([last, wanted]) => {
        const output = document.querySelector(`#cell-${last} .cell-output`);
        if (output === null) throw new Error("the notebook is not there");
        const took = new Promise<number>((resolve) => {
          let started = NaN;
          const run = (event: KeyboardEvent): void => {
            if (event.key === "Enter") started = performance.now();
          };
          addEventListener("keydown", run, { capture: true });
          const observer = new MutationObserver(() => {
            if (!output.textContent.includes(`shown ${wanted}`)) return;
            observer.disconnect();
            removeEventListener("keydown", run, { capture: true });
            requestAnimationFrame(() => resolve(performance.now() - started));
          });
          observer.observe(output, { childList: true, subtree: true, characterData: true });
        });
        Object.assign(globalThis, { took });
      },
      [cells, value] as const,
    );
    await app.page.keyboard.insertText(`const n = ${value};`);
    await app.page.keyboard.press("Shift+Enter");
    times.push(await frame.evaluate(() => Reflect.get(globalThis, "took") as Promise<number>));
  }
  return shownFigure("edit and run", times);
}

async function inputToShown(): Promise<Figure> {
  await using app = await openApp({
    "a.html": hanging("const n = view(Inputs.range([0, 1000], {step: 1, value: 0}));"),
  });
  const frame = await app.open("a.html");
  await shows(frame, `#cell-${cells} .cell-output`, "shown 0");
  const times = await frame.evaluate(
    async ([last, count]) => {
      const input = document.querySelector<HTMLInputElement>("#cell-1 input[type=number]");
      const output = document.querySelector(`#cell-${last} .cell-output`);
      if (input === null || output === null) throw new Error("the notebook is not there");
      const found: number[] = [];
      for (let value = 1; value <= count; value++) {
        const started = performance.now();
        const shown = new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            if (!output.textContent.includes(`shown ${value}`)) return;
            observer.disconnect();
            requestAnimationFrame(() => resolve());
          });
          observer.observe(output, { childList: true, subtree: true, characterData: true });
        });
        input.value = String(value);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await shown;
        found.push(performance.now() - started);
      }
      return found;
    },
    [cells, edits] as const,
  );
  return shownFigure("input", times);
}

/**
 * Until the rows of all ten stand on the screen; bare is a notebook of ten cells of text in the same run, which is what the page itself
 * takes: its code, its frame, its first drawing.
 */
async function openMaterialized(): Promise<Figure> {
  const assets = Array.from(
    { length: 10 },
    (_, at) => ["sql", `output="t${at}" pinned`, `SELECT i, i * ${at} AS v FROM range(10000) t(i)`] as const,
  );
  const text = assets.map((_, at) => ["md", "", `# Cell ${at}`] as const);
  await using app = await openApp({ "a.html": notebook(assets), "text.html": notebook(text) });
  const { workspace, token, origin } = app.server();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  await fetch(`${origin}/api/runs`, { method: "POST", headers, body: "{}" });
  while ((await workspace.store.pointers()).length < assets.length)
    await new Promise((resolve) => setImmediate(resolve));
  const open = async (path: string, shown: string): Promise<number> => {
    await app.page.goto(`${origin}/`);
    const started = performance.now();
    const frame = await app.open(path);
    await frame.waitForFunction(
      ([selector, count]) =>
        [...document.querySelectorAll(".cell-output")].filter((output) => output.querySelector(selector) !== null)
          .length >= count,
      [shown, assets.length] as const,
    );
    return performance.now() - started;
  };
  const ours: number[] = [];
  const page: number[] = [];
  for (let round = -1; round < openings; round++) {
    const [withText, withRows] = [
      await open("text.html", "h1"),
      await open("a.html", ".grid-cell:not([data-pending])"),
    ];
    if (round < 0) continue;
    page.push(withText);
    ours.push(withRows);
  }
  const [a, b] = [median(ours), median(page)];
  return {
    name: "open a notebook with ten materialized assets",
    unit: "ms",
    ours: a,
    bare: b,
    goal: "< bare page + 1000 ms",
    isReached: a < b + 1000,
  };
}
