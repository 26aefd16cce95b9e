import type { Frame, Page } from "playwright-core";
import { expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

const order = (frame: Frame): Promise<readonly string[]> => frame.$$eval(".cell", (cells) => cells.map(({ id }) => id));

/** Presses the handle of a cell and moves the pointer to a height of the frame's window, without letting go. */
async function grab(frame: Frame, page: Page, cell: number, to: (frame: Frame) => Promise<number>): Promise<void> {
  await frame.hover(`#cell-${cell}`);
  await frame.hover(`#cell-${cell} .gutter-menu`);
  await page.mouse.down();
  const { y = 0 } = (await (await frame.frameElement()).boundingBox()) ?? {};
  const target = y + (await to(frame));
  await page.mouse.move(150, target - 10, { steps: 4 });
  await page.mouse.move(150, target, { steps: 2 });
}

const below =
  (cell: number) =>
  (frame: Frame): Promise<number> =>
    frame.$eval(`#cell-${cell}`, (element) => element.getBoundingClientRect().bottom - 4);

test("a cell is dragged by its handle to another place, the place is drawn, and one undo takes it back", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", "b + 1"],
      ["js", "pinned", "const b = 1;"],
      ["js", "pinned", '"three"'],
    ]),
  });
  const { page } = app;
  const frame = await app.open("a.html");
  await shows(frame, "#cell-1 .cell-output", "2");
  await grab(frame, page, 1, below(2));
  await frame.waitForSelector(".drop-line");
  const [line, end] = await frame.evaluate(() => [
    document.querySelector(".drop-line")?.getBoundingClientRect().top ?? 0,
    document.querySelector("#cell-2")?.getBoundingClientRect().bottom ?? 0,
  ]);
  expect(Math.abs((line ?? 0) - (end ?? 0))).toBeLessThan(24);
  await page.mouse.up();
  await expect.poll(() => order(frame)).toEqual(["cell-2", "cell-1", "cell-3"]);
  expect(await frame.$(".drop-line")).toBeNull();
  expect(await frame.$(".menu")).toBeNull();
  await expect.poll(() => app.read("a.html")).toMatch(/const b = 1;[^]*b \+ 1[^]*three/);
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => order(frame)).toEqual(["cell-1", "cell-2", "cell-3"]);
  await shows(frame, "#cell-1 .cell-output", "2");

  await grab(frame, page, 3, below(1));
  await frame.waitForSelector(".drop-line");
  await page.keyboard.press("Escape");
  expect(await frame.$(".drop-line")).toBeNull();
  await page.mouse.up();
  expect(await order(frame)).toEqual(["cell-1", "cell-2", "cell-3"]);

  await frame.click("#cell-1 .gutter-menu");
  await frame.waitForSelector(".menu");
  expect(app.errors).toEqual([]);
});

test("near the edge of the window the page scrolls under a cell that is dragged", async () => {
  await using app = await openApp({
    "a.html": notebook(Array.from({ length: 60 }, (_, at) => ["js", "pinned", `"cell ${at + 1}"`] as const)),
  });
  const { page } = app;
  const frame = await app.open("a.html");
  await shows(frame, "#cell-1 .cell-output", "cell 1");
  await grab(frame, page, 1, (one) => one.evaluate(() => innerHeight - 3));
  await frame.waitForFunction(() => scrollY > 1500);
  await page.mouse.up();
  await expect.poll(async () => (await order(frame)).indexOf("cell-1")).toBeGreaterThan(15);
});

test("Alt with the arrows moves a cell again and again, and says where it is", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", "1"],
      ["js", "pinned", "2"],
      ["js", "pinned", "3"],
    ]),
  });
  const { page } = app;
  const frame = await app.open("a.html");
  await shows(frame, "#cell-3 .cell-output", "3");
  await frame.focus("#cell-1");
  await page.keyboard.press("Alt+ArrowDown");
  await expect.poll(() => order(frame)).toEqual(["cell-2", "cell-1", "cell-3"]);
  await shows(frame, "body > .only-spoken", "Cell 1 is now 2 of 3");
  await frame.waitForFunction(() => document.activeElement?.id === "cell-1");
  await page.keyboard.press("Alt+ArrowDown");
  await expect.poll(() => order(frame)).toEqual(["cell-2", "cell-3", "cell-1"]);
  expect(app.errors).toEqual([]);
});

test("a finger moves a cell too", async () => {
  await using app = await openApp({
    "a.html": notebook([
      ["js", "pinned", "1"],
      ["js", "pinned", "2"],
    ]),
  });
  const frame = await app.open("a.html");
  await shows(frame, "#cell-2 .cell-output", "2");
  await frame.evaluate(() => {
    const handle = document.querySelector("#cell-1 .gutter-menu");
    const bottom = document.querySelector("#cell-2")?.getBoundingClientRect().bottom ?? 0;
    // a pointer that no device has cannot be captured
    if (handle instanceof HTMLElement) handle.setPointerCapture = () => undefined;
    const send = (type: string, clientY: number): void =>
      void handle?.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 7,
          pointerType: "touch",
          isPrimary: true,
          clientX: 20,
          clientY,
          bubbles: true,
        }),
      );
    send("pointerdown", 40);
    send("pointermove", 60);
    send("pointermove", bottom - 2);
    send("pointerup", bottom - 2);
  });
  await expect.poll(() => order(frame)).toEqual(["cell-2", "cell-1"]);
  expect(await frame.$eval("#cell-1 .gutter-menu", (handle) => getComputedStyle(handle).touchAction)).toBe("none");
});
