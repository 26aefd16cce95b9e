import type { Browser, Frame, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { buildPage, servePage, type PageServer } from "./page-server.ts";
import type { MemoryNotebook } from "./page/memory-ports.ts";

/** The test page in a real browser. */
export interface OpenPage {
  readonly server: PageServer;
  readonly browser: Browser;
  readonly page: Page;
  /** exceptions that no one caught, in page and frame */
  readonly errors: string[];
  /** opens a notebook and waits for its frame; with `drawn`, the default, until its cells are there */
  open(notebook: MemoryNotebook, options?: { readonly drawn?: boolean }): Promise<Frame>;
  /** the frame of the notebook that is open now */
  frame(): Promise<Frame>;
  close(): Promise<void>;
}

/** Builds and serves the test page, and opens it. */
export async function openPage(viewport = { width: 1100, height: 800 }): Promise<OpenPage> {
  await buildPage();
  const server = await servePage();
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`${server.origin}/`);
  await page.waitForFunction("globalThis.page");
  return {
    server,
    browser,
    page,
    errors,
    async open(notebook, { drawn = true } = {}) {
      await page.evaluate((options) => Reflect.get(globalThis, "page").open(options), notebook);
      const opened = await contentOf(page);
      if (drawn) await opened.waitForSelector("main.document");
      return opened;
    },
    frame: () => contentOf(page),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The document in the frame of the notebook that is open now. */
async function contentOf(page: Page): Promise<Frame> {
  const element = await page.waitForSelector("cellar-notebook iframe", { state: "attached" });
  const content = await element.contentFrame();
  if (content === null) throw new Error("the notebook's frame has no document");
  return content;
}

/** A cell in short: its kind, source and further attributes. */
export type CellSource = readonly [kind: "js" | "sql" | "md" | "ts" | "html", source: string, attributes?: string];

/** A notebook file of cells: `[type, source]` or `[type, source, attributes]`. Ids count from 1. */
export function notebookOf(...cells: readonly CellSource[]): string {
  const types = {
    js: "module",
    sql: "application/sql",
    md: "text/markdown",
    ts: "text/x-typescript",
    html: "text/html",
  };
  const scripts = cells.map(
    ([kind, source, attributes = ""], index) =>
      `  <script id="${index + 1}" type="${types[kind]}" pinned="" ${attributes}>\n${source.replace(/^(?=.)/gm, "    ")}\n  </script>\n`,
  );
  return `<!doctype html>\n<notebook theme="air">\n  <title>Test</title>\n${scripts.join("")}</notebook>\n`;
}
