import { existsSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import { type RunningServer, serve, type ServeOptions } from "../../server/serve.ts";
import { launchBrowser } from "./browser.ts";
import { closeWithTest } from "./close-with-test.ts";
import { temporaryWorkspace } from "./workspace.ts";

const root = join(import.meta.dirname, "../..");

/** The real server and the real page in a real browser, over a folder of its own. */
export interface App extends AsyncDisposable {
  readonly path: string;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** errors that the page's console has shown, and exceptions that nobody caught */
  readonly errors: string[];
  server(): RunningServer;
  /** Opens a notebook and resolves with the document of its frame. */
  open(path: string): Promise<Frame>;
  frame(): Promise<Frame>;
  /** Replaces the source of a cell by typing, and runs it. */
  edit(cell: number, source: string): Promise<void>;
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  stop(): Promise<void>;
  /** Starts the server again, on the same port. */
  start(): Promise<void>;
}

/** Starts a server over these files (or a copy of `examples/`) and logs a browser in by its one-time link. */
export async function openApp(
  files: Readonly<Record<string, string>> | "examples",
  options: Partial<ServeOptions> = {},
): Promise<App> {
  if (!existsSync(join(root, "dist/index.html")))
    throw new Error("the page is not built: run npm run build (npm test does)");
  const workspace = await temporaryWorkspace(files === "examples" ? {} : files);
  if (files === "examples")
    await cp(join(root, "examples"), workspace.path, {
      recursive: true,
      filter: (source) => !source.includes(".cellar"),
    });
  let server = await serve({ workspace: workspace.path, host: "127.0.0.1", port: 0, trustAll: true, ...options });
  const { port } = server.http;
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(server.loginUrl);
  await page.getByRole("heading", { name: "Notebooks" }).waitFor();

  const close = closeWithTest(async () => {
    await browser.close();
    await server.close();
    await workspace[Symbol.asyncDispose]();
  });
  const frame = async (): Promise<Frame> => {
    const element = await page.waitForSelector("cellar-notebook iframe", { state: "attached" });
    const content = await element.contentFrame();
    if (content === null) throw new Error("the notebook's frame has no document");
    await content.waitForSelector("main.document");
    return content;
  };
  return {
    path: workspace.path,
    browser,
    context,
    page,
    errors,
    server: () => server,
    frame,
    async open(path) {
      await page.goto(`${server.origin}/n/${path}`);
      return frame();
    },
    async edit(cell, source) {
      const content = await frame();
      await content.click(`#cell-${cell} .cell-source`);
      await content.waitForSelector(`#cell-${cell} .cm-content`);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.insertText(source);
      await page.keyboard.press("Shift+Enter");
    },
    read: (name) => readFile(join(workspace.path, name), "utf8"),
    write: (name, text) => writeFile(join(workspace.path, name), text),
    stop: () => server.close(),
    async start() {
      server = await serve({ workspace: workspace.path, host: "127.0.0.1", trustAll: true, ...options, port });
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves when an element of a frame has this text. */
export function shows(frame: Frame, selector: string, text: string): Promise<unknown> {
  return frame.waitForFunction(
    ([at, wanted]) => document.querySelector(at ?? "")?.textContent?.includes(wanted ?? "") ?? false,
    [selector, text] as const,
  );
}
