import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document } from "./cellar.ts";

const told = (...asked: Parameters<typeof document>): Promise<Readonly<Record<string, unknown>>> => document(...asked);
const cells = (total: string, ids = "SELECT id FROM raw") =>
  notebook(
    [
      ["sql", 'output="raw"', "SELECT i AS id, i % 3 AS customer, i * 2 AS price FROM range(6) t(i)"],
      ["sql", 'output="orders"', `SELECT id, customer, ${total} AS total FROM raw WHERE id > 0`],
      ["sql", 'output="recent" store="view"', "SELECT * FROM orders"],
      ["sql", 'output="sums"', "SELECT customer, sum(total) AS total FROM recent GROUP BY customer"],
      ["sql", 'output="customers"', "SELECT DISTINCT customer FROM orders"],
      ["sql", 'output="ids"', ids],
    ],
    'id="sales"',
  );

describe("a change beside what is published", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace({ "sales.html": cells("price") });
    await told(0, "run", ...w());
    await told(0, "publish", "sales.html", ...w());
    await writeFile(join(folder.path, "sales.html"), cells("price * 2"));
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const w = () => ["--workspace", folder.path];
  const rowsOf = async (key: string, ...more: readonly string[]): Promise<unknown> => {
    const out = join(folder.path, "out.json");
    await told(0, "export", key, ...w(), ...more, "--format", "json", "-o", out);
    return JSON.parse(await readFile(out, "utf8"));
  };
  const total = async (...more: readonly string[]) =>
    ((await rowsOf("sales/sums", ...more)) as { total: number }[]).reduce((sum, row) => sum + Number(row.total), 0);

  it("is planned by the columns that are read", async () => {
    const { assets } = await told(0, "plan", "--draft", ...w());
    const said = (assets as { key: string; change: string; affected: boolean; action: string | null }[]).map(
      ({ key, change, affected, action }) => `${key} ${change} ${affected} ${action}`,
    );
    expect(said).toEqual([
      "sales/raw unchanged false null",
      "sales/orders direct true run",
      "sales/recent indirect true null",
      "sales/sums indirect true run",
      "sales/customers indirect false null",
      "sales/ids unchanged false null",
    ]);
    const { out } = await cellar(["plan", "--draft", ...w()]);
    expect(out).toContain("its code changed; total otherwise");
    expect(out).toContain("what it reads changes, but none of the columns that it uses");
  });

  it("is selected by changed: and column:", async () => {
    const keys = async (select: string) =>
      ((await told(0, "list", "--select", select, ...w()))["assets"] as { key: string }[]).map(({ key }) => key);
    expect(await keys("changed:code")).toEqual(["sales/orders"]);
    expect(await keys("changed:any - changed:code")).toEqual(["sales/recent", "sales/sums", "sales/customers"]);
    expect(await keys("column:sales/raw.price")).toEqual(["sales/raw", "sales/orders", "sales/recent", "sales/sums"]);
    expect(await keys("column:customer")).toEqual(["sales/raw", "sales/orders", "sales/sums", "sales/customers"]);
  });

  it("runs in a branch, is compared, promoted and rolled back", async () => {
    // never published, and no part of any branch
    await writeFile(join(folder.path, "notes.html"), notebook([["sql", 'output="note"', "SELECT 1 AS n"]]));
    await told(0, "branch", "create", "dev", ...w());
    const run = await told(0, "branch", "run", "dev", ...w());
    expect((run["steps"] as { key: string; state: string }[]).map(({ key, state }) => `${key} ${state}`)).toEqual([
      "sales/orders succeeded",
      "sales/sums succeeded",
    ]);
    expect([await total(), await total("--branch", "dev")]).toEqual([30, 60]);
    const { assets } = await told(0, "branch", "diff", "dev", "sales/sums", "--key", "customer", ...w());
    expect(assets).toMatchObject([
      {
        key: "sales/sums",
        change: "indirect",
        data: { rows: { before: 3, after: 3, added: 0, removed: 0, changed: 3 } },
      },
    ]);
    expect((await cellar(["branch", "promote", "dev", ...w()])).out).toBe(
      "sales/orders: other data\nsales/sums: other data\nsales.html: published\nbranch dev is now what is published\n",
    );
    expect(await total()).toBe(60);
    const { assets: after } = await told(0, "list", ...w());
    expect(
      (after as { key: string; status: string }[]).filter(({ status }) => status === "stale").map(({ key }) => key),
    ).toEqual(["sales/customers"]);
    expect((await cellar(["branch", "rollback", "dev", ...w()])).out).toContain("sales/orders: as before\n");
    expect([await total(), await total("--branch", "dev")]).toEqual([30, 60]);
  });

  it("is not promoted over what changed meanwhile, and says what to do", async () => {
    await writeFile(join(folder.path, "sales.html"), cells("price * 3", "SELECT id + 1 AS id FROM raw"));
    await told(0, "publish", "sales.html", ...w());
    const refused = await cellar(["branch", "promote", "dev", ...w()]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      "sales.html was published again since the branch took it: cellar branch update dev takes it anew",
    );
    await told(0, "branch", "create", "again", "sales.html", ...w());
    const unrun = await cellar(["branch", "run", "again", ...w()]);
    expect(unrun.err).toContain("nothing in branch again differs from what is published");
    await told(0, "branch", "delete", "again", ...w());
    const gone = await cellar(["list", "--branch", "again", ...w()]);
    expect(gone.err).toBe("cellar list: there is no branch again; cellar branches shows those there are\n");
  });

  it("is refused where it was not run, or its data are behind", async () => {
    await writeFile(join(folder.path, "sales.html"), cells("price * 5"));
    await told(0, "branch", "update", "dev", ...w());
    const refused = await cellar(["branch", "promote", "dev", ...w()]);
    expect(refused.err).toMatch(
      /branch dev does not fit what is published: sales\/ids was not run in the branch|is behind what it reads/,
    );
    await told(0, "branch", "run", "dev", ...w());
    await told(0, "branch", "promote", "dev", ...w());
    expect(await total()).toBe(150);
  });

  it.each([
    [[], "what is to be done with which branch? write cellar branch create NAME"],
    [["merge", "dev"], '"merge" is no action on branches; write cellar branch create NAME'],
    [["create", "my branch"], "name: must be letters, digits, dots, - and _, beginning with a letter or a digit"],
  ])("branch %j is refused with what is right", async (args, message) => {
    const said = await cellar(["branch", ...args, ...w()]);
    expect([said.code, said.err]).toEqual([2, expect.stringContaining(message)]);
  });
});
