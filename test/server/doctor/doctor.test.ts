import { chmod, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engineFindings } from "../../../server/doctor/engine-health.ts";
import type { Finding } from "../../../server/doctor/finding.ts";
import { lakeFindings } from "../../../server/doctor/lake-health.ts";
import { machineFindings } from "../../../server/doctor/machine.ts";
import { notebookFindings } from "../../../server/doctor/notebook-health.ts";
import { storeFindings } from "../../../server/doctor/store-health.ts";
import { openSqliteFile } from "../../../server/store/sqlite-file.ts";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { newFact, newRun, newStep } from "../../support/store-rows.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document } from "../cli/cellar.ts";

const told = (findings: readonly Finding[]) =>
  findings
    .filter(({ severity }) => severity !== "info")
    .map(({ severity, part, message }) => `${severity} ${part}: ${message}`);

/** A workspace that ran and published one notebook. */
async function used() {
  const files = {
    "sales.html": notebook([["sql", 'output="orders" tags="daily"', "SELECT 1 AS x"]], 'id="n1" schedule="0 9 * * *"'),
  };
  const folder = await temporaryWorkspace(files);
  await document(0, "run", "--workspace", folder.path);
  await document(0, "publish", "sales.html", "--workspace", folder.path);
  return { ...folder, home: join(folder.path, ".cellar") };
}

describe("doctor", () => {
  test("a workspace that works has nothing wrong; one that was never used neither", async () => {
    await using folder = await used();
    const said = await cellar(["doctor", "--deep", "--workspace", folder.path]);
    expect({ code: said.code, last: said.out.trim().split("\n").at(-1) }).toMatchObject({
      code: 0,
      last: expect.stringMatching(/^0 errors/) as unknown,
    });
    await using empty = await temporaryWorkspace({});
    expect(told(await machineFindings(empty.path)).filter((text) => !text.includes("pages"))).toEqual([]);
    expect(await readdir(empty.path)).toEqual([]);
  });

  test("files of the lake that are gone or changed", async () => {
    await using folder = await used();
    const all = await readdir(join(folder.home, "lake"), { recursive: true });
    const path = join(folder.home, "lake", all.find((name) => name.endsWith(".parquet")) ?? "");
    await chmod(path, 0o600);
    await truncate(path, 10);
    const damaged = await lakeFindings(folder.home, false);
    expect(damaged).toEqual([
      {
        severity: "error",
        part: "lake",
        message: "the data of sales/orders is damaged",
        advice: "run cellar run --select sales/orders --force, or put the file back",
      },
    ]);
    await rm(path);
    expect(told(await lakeFindings(folder.home, false))).toEqual([
      "error lake: the data of sales/orders is not in the lake any more",
    ]);
    await writeFile(join(folder.home, "lake", "ab", `${"ab".repeat(32)}.parquet`), "x");
    expect((await lakeFindings(folder.home, false)).map(({ message }) => message)).toContain(
      "1 files (1 kB) belong to nothing any more; the server removes them after a while",
    );
  });

  test("a store that is damaged, has gaps, or runs that nobody works on", async () => {
    await using folder = await temporaryWorkspace({});
    const path = join(folder.path, "store.db");
    const store = await openSqliteStore(path);
    const asset = AssetKey.of("sales", "orders");
    await store.createRun({ run: newRun("r1"), steps: [newStep("r1", asset)] });
    const lease = await store.lease("r1", "gone", 10, 1000);
    await store.changeRun("r1", "starting", { at: 1000, fence: lease?.fence ?? 0 });
    await store.createRun({ run: newRun("r2"), steps: [] });
    expect(newFact("r1", asset).run).toBe("r1");
    await store.close();
    expect(told(await storeFindings(path, { now: 5000, isServed: false }))).toEqual([
      "warning runs: nobody works on 1 runs that have begun: r1",
      "warning runs: 1 runs wait, and no server carries them out",
    ]);
    const raw = openSqliteFile(path);
    raw.pragma("foreign_keys = off");
    raw.exec("delete from events where seq = 2; insert into run_keys values ('k', 'nobody', 1)");
    raw.close();
    expect(told(await storeFindings(path, { now: 1005, isServed: true }))).toEqual([
      "error store: 1 rows of the store refer to what is not there (run_keys → runs)",
      expect.stringMatching(/^error log: 1 events are missing between 1 and \d+$/),
    ]);
    await writeFile(path, "this is no database, and was one never");
    expect(told(await storeFindings(path, { now: 0, isServed: true }))[0]).toMatch(
      /^error store: the store cannot be /,
    );
  });

  test("notebooks, cellar.json, resources, secrets and schedules", async () => {
    await using folder = await used();
    await writeFile(
      join(folder.path, "sales.html"),
      notebook(
        [
          ["sql", 'output="orders"', "SELECT 1 AS x"],
          ["sql", 'output="far" database="shop"', "SELECT 1"],
        ],
        'id="n1"',
      ),
    );
    await writeFile(join(folder.path, "broken.html"), notebook([["sql", 'output="x" retries="many"', "SELECT 1"]]));
    await writeFile(
      join(folder.path, "cellar.json"),
      '{"resources": {"crm": {"kind": "http", "url": "https://example.com", "headers": {"authorization": {"secret": "CRM_KEY"}}}}, "nonsense": 1}',
    );
    const later = Date.now() + 3 * 86_400_000;
    const found = told(await notebookFindings(folder.path, { now: later, isServed: false, env: {} })).join("\n");
    expect(found).toMatch(/error config: cellar\.json, line 1, column \d+: .*nonsense/);
    expect(found).toMatch(
      /error notebooks: broken\.html has 1 errors and 0 warnings, the first in line 4: invalid retries/,
    );
    expect(found).toMatch(/warning notebooks: sales\.html: .*no longer has schedule/);
    expect(found).toMatch(/error resources: sales\.html uses shop, which is not in cellar\.json/);
    expect(found).toMatch(/error resources: crm needs CRM_KEY, which nobody gave/);
    expect(found).toMatch(/warning schedules: sales\.html was due at .*, and nothing was decided about it/);
  });

  test("engine and kernel compute", async () => {
    expect((await engineFindings()).map(({ severity, part }) => `${severity} ${part}`)).toEqual([
      "info engine",
      "info kernel",
    ]);
  });
});
