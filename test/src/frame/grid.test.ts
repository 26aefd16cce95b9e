import type { Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { moveFor } from "../../../src/frame/grid/grid-keys.ts";
import { scrollScale, scrollTopOf, topRow } from "../../../src/frame/grid/scroll.ts";
import { notebookOf, openPage, type OpenPage } from "../../support/open-page.ts";

describe("scaled scrolling", () => {
  it.each([10, 13, 1000, 250_001, 1_000_000, 40_000_000])(
    "%d rows: the first and the last are reached exactly, and every row is",
    (rows) => {
      const scale = scrollScale(rows, 24, 300);
      expect(topRow(scale, 0)).toBe(0);
      const last = Math.max(0, rows - 300 / 24);
      expect(topRow(scale, Math.max(0, scale.height - 300))).toBeCloseTo(last, 3);
      for (const row of [0, 1, rows >> 1, rows - 20].filter((one) => one >= 0 && one <= last))
        expect(topRow(scale, scrollTopOf(scale, row))).toBeCloseTo(row, 1);
    },
  );
});

it.each([
  ["ArrowDown", {}, [6, 2]],
  ["ArrowUp", {}, [4, 2]],
  ["ArrowUp", { ctrlKey: true }, [0, 2]],
  ["End", {}, [5, 3]],
  ["End", { ctrlKey: true }, [999, 3]],
  ["Home", { ctrlKey: true }, [0, 0]],
  ["PageDown", {}, [16, 2]],
  ["PageUp", {}, [0, 2]],
] as const)("%s %j moves from (5, 2) to %j", (key, modifiers, [row, column]) => {
  const event = { key, ctrlKey: false, metaKey: false, altKey: false, ...modifiers };
  expect(moveFor(event, { row: 5, column: 2 }, { rows: 1000, columns: 4, page: 11 })).toEqual({ row, column });
});

describe("a million rows", () => {
  let app: OpenPage;
  let frame: Frame;
  beforeAll(async () => {
    app = await openPage();
    frame = await app.open({
      text: notebookOf([
        "sql",
        "SELECT i::int AS id, (i * 7919) % 1000003 AS mixed, CASE WHEN i % 10 = 0 THEN NULL ELSE 'n' || i END AS name FROM range(1000000) t(i)",
        'output="big"',
      ]),
    });
    await frame.waitForFunction(() => document.querySelector(".grid-row .grid-cell")?.textContent === "0");
  });
  afterAll(() => app.close());

  const active = (): Promise<string | null> => frame.$eval("[data-active]", ({ textContent }) => textContent);
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await app.page.keyboard.press(key);
  };

  it("has roles, counts, types in the header, nulls drawn and numbers aligned", async () => {
    expect(await frame.$eval("[role=grid]", (grid) => [grid.ariaRowCount, grid.ariaColCount])).toEqual([
      "1000001",
      "3",
    ]);
    expect(await frame.$$eval("[role=columnheader]", (all) => all.map(({ textContent }) => textContent))).toEqual([
      "idint32",
      "mixedint64",
      "nametext",
    ]);
    expect(await frame.$eval(".grid-row .grid-cell[data-null]", ({ textContent }) => textContent)).toBe("null");
    expect(await frame.$eval(".grid-row .grid-cell", (cell) => getComputedStyle(cell).textAlign)).toBe("end");
    expect(await frame.textContent(".grid-footer")).toBe("big · 1,000,000 rows × 3");
  });

  it("goes by keys to the last row and back, a page and a cell at a time", async () => {
    await frame.focus("[role=grid]");
    await press("Control+End");
    await expect.poll(active).toBe("n999999");
    await press("Home");
    await expect.poll(active).toBe("999999");
    await press("PageUp");
    await expect.poll(active).toBe("999988");
    await press("Control+Home", "ArrowRight", "ArrowDown");
    await expect.poll(active).toBe("7919");
    expect(await frame.getAttribute("[role=grid]", "aria-activedescendant")).toBe(
      await frame.getAttribute("[data-active]", "id"),
    );
  });

  it("sorts by a query when a header is clicked", async () => {
    await frame.click("[role=columnheader] >> text=mixed");
    await frame.waitForFunction(() => document.querySelectorAll(".grid-row")[1]?.children[1]?.textContent === "1");
    expect(await frame.$$eval("[role=columnheader]", (all) => all.map(({ ariaSort }) => ariaSort))).toEqual([
      "none",
      "ascending",
      "none",
    ]);
    await frame.click("[role=columnheader] >> text=mixed");
    await frame.waitForFunction(() => document.querySelector(".grid-row")?.children[1]?.textContent === "1000002");
    await frame.click("[role=columnheader] >> text=mixed");
    await frame.waitForFunction(() => document.querySelector(".grid-row .grid-cell")?.textContent === "0");
  });

  it("copies the selected rectangle as lines of tabs", async () => {
    await frame.focus("[role=grid]");
    await press("Control+Home", "Shift+ArrowDown", "Shift+ArrowRight");
    const copied = await frame.evaluate(() => {
      const data = new DataTransfer();
      document
        .querySelector("[role=grid]")
        ?.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
      return data.getData("text/plain");
    });
    expect(copied).toBe("0\t0\n1\t7919");
  });
});
