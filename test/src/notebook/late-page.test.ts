import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, type OpenPage } from "../../support/open-page.ts";

let app: OpenPage;
beforeAll(async () => {
  app = await openPage();
});
afterAll(() => app.close());

const notebook = (title: string, ...cells: readonly string[]): string =>
  `<!doctype html>\n<notebook>\n  <title>${title}</title>\n${cells.join("\n")}\n</notebook>\n`;
const cell = (id: number, type: string, source: string, attributes = ""): string =>
  `  <script id="${id}" type="${type}" pinned="" ${attributes}>\n    ${source}\n  </script>`;
/** Names of the scripts that the page has fetched. */
const fetched = (): string => [...app.server.hits.keys()].join(" ");
const title = (): Promise<string | undefined> =>
  app.page.evaluate(
    () => document.querySelector("cellar-notebook")?.shadowRoot?.querySelector<HTMLInputElement>(".title")?.value,
  );

describe("parts that few notebooks need", () => {
  it("are not fetched for a notebook of JavaScript and text, and not for a & in a cell", async () => {
    const frame = await app.open({
      text: notebook("Plain", cell(1, "module", "1 + 1 && 2"), cell(2, "text/markdown", "a &amp; b")),
    });
    await frame.waitForFunction(() => document.querySelector("#cell-1 .cell-output")?.textContent === "2");
    expect(fetched()).not.toMatch(
      /\/(sql|typescript|classic|automation-syntax|decode|browser-host|arrow)-[\w-]{8}\.js/,
    );
  });

  it("are fetched for what needs them: characters of HTML, kinds of cells, options of assets", async () => {
    const text = notebook(
      "Tom &amp; J&eacute;r&ocirc;me",
      cell(1, "module", "const a = 1;"),
      cell(2, "text/x-typescript", "const b: number = a + 1;"),
      cell(3, "application/vnd.observable.javascript", "viewof c = b + 1"),
      cell(4, "application/sql", "SELECT ${b} + 1 AS n", 'output="d" automation="eager"'),
      cell(5, "module", "`${b} and ${[...d][0].n}`", 'description="caf&eacute;"'),
      cell(6, "module", "const e = 1;", 'partitions="daily from=nowhere"'),
    );
    const frame = await app.open({ text });
    await frame.waitForFunction(() => document.querySelector("#cell-5 .cell-output")?.textContent === '"2 and 3"');
    expect(await title()).toBe("Tom & Jérôme");
    expect(await frame.textContent("#cell-6 .cell-error .error-text")).toContain("invalid partitions");
    // what was not edited stays as it was written
    await frame.click("#cell-1 .cell-source");
    await frame.waitForSelector("#cell-1 .cm-content");
    await app.page.keyboard.press("Control+a");
    await app.page.keyboard.insertText("const a = 2;");
    await app.page.keyboard.press("Shift+Enter");
    await frame.waitForFunction(() => document.querySelector("#cell-5 .cell-output")?.textContent === '"3 and 4"');
    await expect
      .poll(() => app.page.evaluate(() => Reflect.get(globalThis, "page").current.memory.text as string))
      .toBe(text.replace("const a = 1;", "const a = 2;"));
  });

  it("are fetched when a cell becomes such a one, and when the title gets a &", async () => {
    const page = await openPage();
    try {
      const frame = await page.open({ text: notebook("Plain", cell(1, "module", "FROM range(3)")) });
      await frame.waitForSelector('#cell-1[data-state="failed"]');
      await frame.focus("#cell-1");
      await frame.click("#cell-1 .kind");
      await frame.click("[role=menu] >> text=SQL");
      await page.page.evaluate(() => {
        const input = document.querySelector("cellar-notebook")?.shadowRoot?.querySelector<HTMLInputElement>(".title");
        if (!input) throw new Error("no title");
        input.value = "a & b";
        input.dispatchEvent(new Event("change"));
      });
      const saved = (): Promise<string> =>
        page.page.evaluate(() => Reflect.get(globalThis, "page").current.memory.text as string);
      await expect.poll(saved).toContain("<title>a &amp; b</title>");
      expect(await saved()).toContain('type="application/sql"');
      expect(
        await page.page.evaluate(() => document.querySelector("cellar-notebook")?.shadowRoot?.textContent),
      ).not.toContain("Offline");
    } finally {
      await page.close();
    }
  });
});
