import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openApp } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test("A3, A15 a page on another port can neither read nor change anything, nor frame the workspace", async () => {
  await using app = await openApp({ "a.html": notebook([["js", "", "1"]]) });
  const { origin, workspace } = app.server();
  const before = await workspace.store.lastSeq();
  const evil = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>evil</title>");
  });
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  try {
    const page = await app.context.newPage();
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    const results = await page.evaluate(async (target) => {
      const tries: Record<string, string> = {};
      const attempt = async (name: string, work: () => Promise<unknown>) => {
        try {
          tries[name] = `read ${JSON.stringify(await work())}`;
        } catch {
          tries[name] = "refused";
        }
      };
      await attempt("read", () => fetch(`${target}/api/notebooks`).then((response) => response.text()));
      await attempt("read shell", () => fetch(`${target}/`).then((response) => response.text()));
      await attempt("write", () =>
        fetch(`${target}/api/notebooks/b.html`, {
          method: "PUT",
          body: '{"text":"x","base":null}',
          headers: { "content-type": "application/json" },
        }).then((response) => response.status),
      );
      await attempt("no-cors", async () => {
        await fetch(`${target}/api/runs`, { method: "POST", mode: "no-cors", body: "{}" });
        return "sent";
      });
      navigator.sendBeacon(`${target}/api/runs`, "{}");
      const form = document.createElement("form");
      form.action = `${target}/api/runs`;
      form.method = "post";
      form.target = "sink";
      const sink = document.createElement("iframe");
      sink.name = "sink";
      document.body.append(sink, form);
      form.submit();
      const frame = document.createElement("iframe");
      frame.src = `${target}/`;
      document.body.append(frame);
      await new Promise((resolve) => (frame.onload = resolve));
      tries["frame"] = frame.contentDocument === null ? "no document of ours" : "a document";
      return tries;
    }, origin);
    expect(results).toMatchObject({ read: "refused", "read shell": "refused", write: "refused" });
    expect(await workspace.store.lastSeq()).toBe(before);
    expect(await workspace.store.runs({ limit: 10 })).toEqual([]);
    await expect(app.read("b.html")).rejects.toThrow();
    const framed = page.frames().find((candidate) => candidate.url().startsWith(origin));
    expect(await framed?.evaluate(() => document.querySelector("cellar-app") !== null).catch(() => false)).not.toBe(
      true,
    );
  } finally {
    evil.close();
  }
});
