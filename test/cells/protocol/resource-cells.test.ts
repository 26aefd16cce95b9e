import { expect, test } from "vitest";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { buildGraph } from "../../../cells/graph/build.ts";
import { toKernelCells } from "../../../cells/protocol/kernel-cells.ts";
import { BrowserHost } from "../../../src/host/browser-host.ts";
import { notebook } from "../../support/workspace.ts";

const told = (attributes: string) => {
  const { notebook: read } = parseNotebook(notebook([["sql", `output="t" ${attributes}`, "SELECT * FROM orders"]]));
  return toKernelCells(buildGraph("a.html", read)).map(({ run, database }) => ({ run, database }));
};

test.each([
  ['database="shop"', { run: "auto", database: "shop" }],
  ['database="shop" run="server"', { run: "server", database: "shop" }],
  ['database="var:db"', { run: "auto", database: undefined }],
  ["", { run: "auto", database: undefined }],
])("a SQL cell with %s is told as %j", (attributes, expected) => {
  expect(told(attributes)).toEqual([expected]);
});

test("the engine in the page is never asked for a resource's tables, where no server is either", async () => {
  const host = new BrowserHost({
    engine: () => Promise.reject(new Error("the engine was started")),
    data: {
      file: () => Promise.reject(new Error("no file")),
      asset: () => Promise.reject(new Error("no asset")),
      blob: () => Promise.reject(new Error("no blob")),
      hydration: null,
      resources: null,
    },
    cell: () => null,
  });
  const request = { cell: 1, output: "t", strings: ["SELECT 1"], params: [], tables: [], files: [], database: "shop" };
  await expect(host.query(request, new AbortController().signal)).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("the resource shop, which only a server reaches"),
  });
});
