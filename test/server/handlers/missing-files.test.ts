import { expect, test } from "vitest";
import { temporaryWorkspace } from "../../support/workspace.ts";
import { cellar } from "../cli/cellar.ts";

const sql = (source: string) => `<script type="application/sql" output="x">${source}</script>`;

test("files that cells read and that are not there are warnings with their place", async () => {
  await using folder = await temporaryWorkspace({
    "here.csv": "n\n1\n",
    "sub/a.html": [
      "<notebook>",
      sql("SELECT * FROM 'none.csv', read_csv('../here.csv'), read_parquet('parts/*.parquet')"),
      '<script type="module">const y = FileAttachment("gone.json").json(), z = FileAttachment("https://example.com/a.csv")</script>',
      sql("SELECT * FROM read_csv('known.csv')").replace('"x"', '"k"'),
      "</notebook>",
    ].join("\n"),
    "cellar.json": JSON.stringify({ files: { "sub/known.csv": "npm:some-data/known.csv" } }),
  });
  const said = await cellar(["check", "--workspace", folder.path]);
  const advice = "put it into the workspace folder, correct the name, or name its source under files in cellar.json";
  expect(said.out.split("\n").filter((line) => line.includes("is not there"))).toEqual([
    `sub/a.html:2:57 warning: file sub/none.csv is not there (cell 1); ${advice}`,
    `sub/a.html:3:48 warning: file sub/gone.json is not there (cell 2); ${advice}`,
  ]);
});
