import type { Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryNotebook } from "../../support/page/memory-ports.ts";
import { notebookOf, openPage, type OpenPage } from "../../support/open-page.ts";

let app: OpenPage;
beforeAll(async () => {
  app = await openPage();
});
afterAll(() => app.close());

const open = (text: string, options: Partial<MemoryNotebook> = {}): Promise<Frame> => app.open({ text, ...options });
const output = (cell: number): string => `#cell-${cell} .cell-output`;
const shows = (frame: Frame, cell: number, text: string): Promise<unknown> =>
  frame.waitForFunction(
    ([selector, wanted]) => document.querySelector(selector ?? "")?.textContent === wanted,
    [output(cell), text],
  );
const stateOf = (frame: Frame, cell: number): Promise<string | null> =>
  frame.getAttribute(`#cell-${cell}`, "data-state");
const hasState = (frame: Frame, cell: number, state: string): Promise<unknown> =>
  frame.waitForSelector(`#cell-${cell}[data-state="${state}"]`);
const savedText = (): Promise<string> =>
  app.page.evaluate(() => Reflect.get(globalThis, "page").current.memory.text as string);
const order = (frame: Frame): Promise<readonly string[]> => frame.$$eval(".cell", (cells) => cells.map(({ id }) => id));
const write = async (frame: Frame, cell: number, source: string): Promise<void> => {
  await frame.click(`#cell-${cell} .cell-source`);
  await frame.waitForSelector(`#cell-${cell} .cm-content`);
  await app.page.keyboard.press("Control+a");
  await app.page.keyboard.insertText(source);
};
/** What the bar of the notebook says, in the page around the frame. */
const bar = (): Promise<string> =>
  app.page.evaluate(() => document.querySelector("cellar-notebook")?.shadowRoot?.textContent ?? "");
/** Presses a button of the bar. A pointer would wait for the frame, which may hang. */
const press = (label: string): Promise<void> =>
  app.page.evaluate((wanted) => {
    const buttons = document.querySelector("cellar-notebook")?.shadowRoot?.querySelectorAll("button") ?? [];
    const button = [...buttons].find(({ textContent }) => textContent?.trim() === wanted);
    if (button === undefined) throw new Error(`no button says ${wanted}`);
    button.click();
  }, label);

describe("editing", () => {
  it("Shift-Enter runs what was typed and what depends on it, and the text is saved", async () => {
    const frame = await open(
      notebookOf(["js", "const a = 1;"], ["js", "a + 1"], ["sql", "SELECT ${a} * 10 AS ten", 'output="ten"']),
    );
    await shows(frame, 2, "2");
    await write(frame, 1, "const a = 41;");
    expect(await stateOf(frame, 1)).toBe("stale");
    await app.page.keyboard.press("Shift+Enter");
    await shows(frame, 2, "42");
    await frame.waitForFunction(() => document.querySelector("#cell-3 .grid-cell")?.textContent === "410");
    await expect.poll(savedText).toContain("const a = 41;");
  });

  it("a name may be used before it is defined, and heals when it is", async () => {
    const frame = await open(notebookOf(["js", "x + 1"], ["js", ""]));
    await hasState(frame, 1, "failed");
    expect(await frame.textContent("#cell-1 .cell-error .error-text")).toContain("x is not defined");
    await write(frame, 2, "const x = 1;");
    await app.page.keyboard.press("Shift+Enter");
    await shows(frame, 1, "2");
  });

  it("a deleted cell comes back with undo, at its place and computed", async () => {
    const frame = await open(notebookOf(["js", "const a = 1;"], ["js", "const b = a + 1;"], ["js", "b + 1"]));
    await shows(frame, 3, "3");
    await frame.focus("#cell-2");
    await app.page.keyboard.press("d");
    await hasState(frame, 3, "failed");
    expect(await order(frame)).toEqual(["cell-1", "cell-3"]);
    await press("Undo");
    await shows(frame, 3, "3");
    expect(await order(frame)).toEqual(["cell-1", "cell-2", "cell-3"]);
  });

  it("keys: insert, cycle the kind, leave an empty cell, move, duplicate", async () => {
    const frame = await open(notebookOf(["js", "1"], ["js", "2"]));
    await shows(frame, 2, "2");
    await frame.focus("#cell-1");
    await app.page.keyboard.press("Control+Enter");
    await frame.waitForSelector("#cell-3 .cm-focused");
    await app.page.keyboard.press("ArrowDown");
    await frame.waitForFunction(() => document.querySelector("#cell-3 .kind")?.textContent?.trim() === "sql");
    await app.page.keyboard.press("Escape");
    await app.page.keyboard.press("j");
    await frame.waitForSelector("#cell-2[data-selected]");
    await app.page.keyboard.press("Alt+ArrowUp");
    await expect.poll(() => order(frame)).toEqual(["cell-2", "cell-1"]);
  });

  it("an external change of the file appears at once", async () => {
    const text = notebookOf(["js", "const a = 1;"], ["js", "a + 1"]);
    const frame = await open(text);
    await shows(frame, 2, "2");
    await app.page.evaluate(
      (next) => Reflect.get(globalThis, "page").current.memory.writeOutside(next),
      text.replace("const a = 1;", "const a = 9;"),
    );
    await frame.waitForFunction(() => document.querySelector("#cell-1")?.textContent?.includes("const a = 9;"));
    expect(await bar()).toContain("Saved");
  });
});

describe("errors", () => {
  it("stand in the cell with their place, and what depends on it says by whom it is blocked", async () => {
    const frame = await open(
      notebookOf(["sql", "SELECT 1 AS x,\n  amont", 'output="bad"'], ["js", "[...bad].length"], ["js", "const = 1"]),
    );
    await hasState(frame, 1, "failed");
    await hasState(frame, 2, "blocked");
    expect((await frame.textContent("#cell-1 .cell-error .link"))?.trim()).toBe("line 2:3");
    expect(await frame.textContent("#cell-1 .cell-error .error-text")).toContain('"amont"');
    expect(await frame.textContent("#cell-2 .cell-note")).toMatch(/blocked by\s+bad/);
    expect(await frame.textContent("#cell-3 .cell-error .error-text")).toContain("Unexpected token");
  });

  it("a function that the engine in the page lacks offers the server", async () => {
    const frame = await open(notebookOf(["sql", "SELECT json_extract('{}', '$.a') AS a", 'output="j"']));
    await hasState(frame, 1, "failed");
    expect(await frame.textContent("#cell-1 .cell-error .error-text")).toContain("json_extract needs JSON functions");
    expect(await frame.textContent("#cell-1 .cell-error")).toContain("Run on the server");
  });
});

describe("running", () => {
  it("a runaway query is stopped, and the engine goes on", async () => {
    const frame = await open(
      notebookOf(
        [
          "sql",
          "SELECT count(*) AS n FROM range(1000000) a(i), range(1000000) b(j) WHERE (i * j) % 7 = 3",
          'output="long"',
        ],
        ["sql", "SELECT 7 AS x", 'output="short"'],
      ),
    );
    await frame.waitForFunction(() => document.querySelector("#cell-2 .grid-cell")?.textContent === "7");
    await hasState(frame, 1, "running");
    await frame.click("#cell-1 .gutter-run");
    await hasState(frame, 1, "failed");
    await write(frame, 2, "SELECT 8 AS x");
    await app.page.keyboard.press("Shift+Enter");
    await frame.waitForFunction(() => document.querySelector("#cell-2 .grid-cell")?.textContent === "8");
  });

  it("a frame that hangs is stopped and opened again, paused, with what was typed", { timeout: 180_000 }, async () => {
    const frame = await open(
      notebookOf(["js", "const a = 1;"], ["js", "a"], ["sql", "SELECT 5 AS five", 'output="five"']),
    );
    await frame.waitForSelector("#cell-3 .grid-cell");
    await write(frame, 2, "while (true);");
    // no real key: the frame may hang before it has told of its release
    await frame.$eval("#cell-2 .gutter-run", (button) => button instanceof HTMLElement && button.click());
    await expect.poll(bar, { timeout: 20_000 }).toContain("A cell is not answering.");
    await press("Stop");
    await expect.poll(bar).toContain("Nothing runs until you say so");
    const reopened = await app.frame();
    await reopened.waitForFunction(() => document.querySelector("#cell-2")?.textContent?.includes("while (true);"));
    await write(reopened, 2, "a + 1");
    // faster than a hand: the text must have come out of the frame before the button is pressed
    await expect
      .poll(() => app.page.evaluate(() => Reflect.get(globalThis, "page").current.element.session.text as string))
      .toContain("a + 1");
    await press("Run");
    await shows(reopened, 2, "2");
    // the engine still has the rows
    await reopened.waitForFunction(() => document.querySelector("#cell-3 .grid-cell")?.textContent === "5");
    expect(
      await app.page.evaluate(() => Reflect.get(globalThis, "page").current.element.session.outcomes),
    ).toMatchObject({ computed: 1, remembered: 1 });
  });

  it("A12 nothing runs in a notebook that is not one's own before consent", async () => {
    const frame = await open(notebookOf(["js", "1"], ["md", "# Title"], ["sql", "SELECT 1 AS x", 'output="x"']), {
      trusted: false,
    });
    await frame.waitForSelector("#cell-3");
    expect(await bar()).toContain("nothing in it runs until you say so");
    expect(await frame.$$eval(".cell-output", (all) => all.map(({ textContent }) => textContent))).toEqual([
      "",
      "",
      "",
    ]);
    await press("Run");
    await shows(frame, 1, "1");
    expect(await app.page.evaluate(() => Reflect.get(globalThis, "page").current.memory.trusted.length as number)).toBe(
      1,
    );
  });

  it("inputs drive what reads them, width and generators are live", async () => {
    const frame = await open(
      notebookOf(
        ["js", "const n = view(Inputs.range([0, 10], {step: 1, value: 3}));"],
        ["js", "n * 2"],
        [
          "js",
          "const i = (async function* () { for (let i = 0; i < 3; i++) { yield i; await new Promise((r) => setTimeout(r, 10)); } })();",
        ],
        ["js", "i"],
        ["js", "width > 300"],
        ["js", "Plot.dot([[1, 2]]).plot()"],
        ["md", "**${n}** slides"],
      ),
    );
    await shows(frame, 2, "6");
    await frame.fill("#cell-1 input[type=number]", "7");
    await shows(frame, 2, "14");
    await shows(frame, 4, "2");
    await shows(frame, 5, "true");
    await frame.waitForSelector("#cell-6 svg circle");
    await frame.waitForFunction(() => document.querySelector("#cell-7 strong")?.textContent === "7");
  });

  it("what was opened, sorted or scrolled to stays so when new values come", async () => {
    const frame = await open(
      notebookOf(
        ["js", "const n = view(Inputs.range([1, 9], {step: 1, value: 1}));"],
        ["js", "({deep: {value: n}})"],
        ["sql", "SELECT i AS id, (i * 7 + ${n}) % 100 AS v FROM range(100) t(i)", 'output="rows"'],
      ),
    );
    await frame.click("#cell-2 .observablehq--collapsed");
    await frame.waitForFunction(() => document.querySelector("#cell-3 .grid-cell")?.textContent === "0");
    await frame.click("#cell-3 [role=columnheader] >> nth=1");
    await frame.waitForFunction(() => document.querySelectorAll("#cell-3 .grid-cell")[1]?.textContent === "0");
    await frame.$eval("#cell-3 .grid-scroll", (scroller) => void (scroller.scrollTop = 480));
    await frame.waitForFunction(() => document.querySelectorAll("#cell-3 .grid-cell")[1]?.textContent === "20");
    const before = await frame.$eval("#cell-3 .grid-cell", ({ textContent }) => textContent);
    await frame.fill("#cell-1 input[type=number]", "2");
    // the same place in the same order, of other rows
    await frame.waitForFunction((old) => document.querySelector("#cell-3 .grid-cell")?.textContent !== old, before);
    await frame.waitForFunction(() => document.querySelectorAll("#cell-3 .grid-cell")[1]?.textContent === "20");
    expect(await frame.textContent("#cell-2 .cell-output")).toContain("Object {value: 2}");
  });
});
