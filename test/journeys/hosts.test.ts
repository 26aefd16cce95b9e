import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

const asked: string[] = [];
const outside = createServer((request, response) => {
  asked.push(request.url ?? "");
  response.setHeader("access-control-allow-origin", "*");
  response.end("from outside");
});
let host = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
afterAll(() => void outside.close());

const cells = (path: string) =>
  notebook(
    [
      [
        "js",
        "",
        `fetch("http://${host}/${path}").then((response) => response.text(), (error) => "refused: " + error.message)`,
      ],
    ],
    path === "granted" ? `hosts="${host}"` : 'hosts="other.example"',
  );

test("a cell reaches the hosts that its notebook was granted, and no other; without the server too", async () => {
  await using app = await openApp({ "granted.html": cells("granted"), "other.html": cells("other") });
  await shows(await app.open("granted.html"), "#cell-1 .cell-output", "from outside");
  expect(asked).toEqual(["/granted"]);
  const sentence = `refused: ${host} is not among the hosts that this notebook may reach; write <notebook hosts="other.example ${host}">`;
  await shows(await app.open("other.html"), "#cell-1 .cell-output", sentence);
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await app.page.reload();
  await shows(await app.frame(), "#cell-1 .cell-output", sentence);
  // past our own sentence the policy holds
  const bare = await (
    await app.frame()
  ).evaluate(
    (url) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.onload = () => resolve("went");
        request.onerror = () => resolve("refused");
        request.open("GET", url);
        request.send();
      }),
    `http://${host}/bare`,
  );
  expect(bare).toBe("refused");
  await app.open("granted.html");
  await shows(await app.frame(), "#cell-1 .cell-output", "from outside");
  await app.stop();
  await app.page.reload();
  await shows(await app.frame(), "#cell-1 .cell-output", "from outside");
  expect(new Set(asked)).toEqual(new Set(["/granted"]));
});

test("what a reader has not consented to reaches nothing; consent says which hosts, and grants them", async () => {
  await using app = await openApp({ "granted.html": cells("granted") }, { trustAll: false });
  asked.length = 0;
  await app.open("granted.html");
  const source = () => app.page.locator("cellar-notebook iframe").getAttribute("src");
  expect([await source(), asked]).toEqual(["/frame", []]);
  expect(await app.page.locator(".banner").textContent()).toContain(host);
  await app.page.locator(".banner button").click();
  await shows(await app.frame(), "#cell-1 .cell-output", "from outside");
  expect([await source(), asked]).toEqual([`/frame?hosts=${host}`, ["/granted"]]);
});
