import { expect, test } from "vitest";
import type { CheckOutcome } from "../../../cells/api/schema.ts";
import { openLocal, runEnded, type LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

type Cells = Parameters<typeof notebook>[0];

const numbers = (rows: number) => `SELECT i AS id, i * 10 AS price FROM range(${rows}) t(i)`;
const orders = (rows: number, ...more: Cells) =>
  notebook([
    ["sql", 'output="orders"', numbers(rows)],
    ["sql", 'output="total"', "SELECT sum(price) AS total FROM orders"],
    ...more,
  ]);
const cheap = (attributes: string, source = "SELECT * FROM orders WHERE price > 50"): Cells[number] => [
  "sql",
  `output="cheap" check="orders" ${attributes}`,
  source,
];

/** What a step's checks said, by name. */
async function said(workspace: LocalWorkspace, run: string, key = "a/orders") {
  const { steps } = await workspace.call("run", { id: run });
  const step = steps.find((one) => one.key === key);
  const checks = Object.fromEntries((step?.checks ?? []).map((outcome) => [outcome.check, short(outcome)]));
  return { state: step?.state, code: step?.error?.code ?? null, checks };
}

const short = ({ status, failing }: CheckOutcome) => (failing === null ? status : `${status} ${failing}`);

async function rowsOf(workspace: LocalWorkspace, check: string, partition?: string): Promise<unknown> {
  const input = { key: "a/orders", check, ...(partition === undefined ? {} : { partition }) };
  const { body } = (await workspace.call("checkRows", input)) as { readonly body: AsyncIterable<Uint8Array> };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function readable(workspace: LocalWorkspace) {
  const facts = await workspace.open.store.pointers();
  return Object.fromEntries(
    facts.map(({ asset, partition, rows }) => [`${asset}${partition && ` ${partition}`}`, rows]),
  );
}

test("a blocking check that fails keeps readers on the version of before, and says which rows", async () => {
  await using workspace = await openLocal({ "a.html": orders(3, cheap("blocking")) });
  const first = await workspace.run();
  expect(await said(workspace, first.id)).toEqual({ state: "succeeded", code: null, checks: { cheap: "passed 0" } });
  await workspace.write("a.html", orders(8, cheap("blocking")));
  const run = await workspace.run();
  expect(run).toMatchObject({ state: "failed", steps: { "a/orders": "failed", "a/total": "blocked" } });
  expect(await said(workspace, run.id)).toEqual({
    state: "failed",
    code: "check_failed",
    checks: { cheap: "failed 2" },
  });
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps.find(({ key }) => key === "a/orders")?.error?.message).toBe(
    'a/orders was refused by check cheap: 2 rows are wrong; readers stay on the version of before; cellar checks a/orders --rows "cheap" shows them',
  );
  expect(await readable(workspace)).toEqual({ "a/orders": 3, "a/total": 1 });
  expect(await rowsOf(workspace, "cheap")).toEqual([
    { id: 6, price: 60 },
    { id: 7, price: 70 },
  ]);
  const { materializations } = await workspace.call("history", { key: "a/orders" });
  expect(materializations.map(({ rows, refused }) => [rows, refused])).toEqual([
    [8, true],
    [3, false],
  ]);
  const { events } = await workspace.call("runEvents", { id: run.id });
  expect(events.filter(({ event }) => (event as { type: string }).type === "checked")).toMatchObject([
    {
      event: {
        type: "checked",
        run: run.id,
        asset: "a/orders",
        partition: "",
        check: "cheap",
        status: "failed",
        severity: "error",
        blocking: true,
        failing: 2,
      },
    },
  ]);
});

test("what was refused is not computed again, and a check that is mended publishes it", async () => {
  await using workspace = await openLocal({ "a.html": orders(8, cheap("blocking")) });
  const refused = await workspace.run();
  const again = await workspace.run();
  expect(again.steps).toEqual({ "a/orders": "failed", "a/total": "blocked" });
  expect((await workspace.call("history", { key: "a/orders" })).materializations).toHaveLength(1);
  await workspace.write("a.html", orders(8, cheap("blocking", "SELECT * FROM orders WHERE price > 500")));
  const mended = await workspace.run();
  expect(mended).toMatchObject({ state: "succeeded", steps: { "a/orders": "reused", "a/total": "succeeded" } });
  expect(await said(workspace, mended.id)).toMatchObject({ checks: { cheap: "passed 0" } });
  const { materializations } = await workspace.call("history", { key: "a/orders" });
  expect(materializations.map(({ run, refused }) => [run, refused])).toEqual([[refused.id, false]]);
});

test("a warning, and an error that does not block, publish all the same", async () => {
  const loud: Cells[number] = ["sql", 'output="loud" check="orders" severity="warn" blocking', "SELECT * FROM orders"];
  await using workspace = await openLocal({ "a.html": orders(8, cheap(""), loud) });
  const run = await workspace.run();
  expect(run).toMatchObject({ state: "succeeded", steps: { "a/orders": "succeeded", "a/total": "succeeded" } });
  expect((await said(workspace, run.id)).checks).toEqual({ cheap: "failed 2", loud: "failed 8" });
});

test("checks whose asset and code are the same are not carried out again; a changed one alone is", async () => {
  await using workspace = await openLocal({ "a.html": orders(8, cheap("")) });
  const first = await workspace.run();
  const second = await workspace.run();
  const [before] = (await workspace.call("run", { id: first.id })).steps;
  const [after] = (await workspace.call("run", { id: second.id })).steps;
  expect(after?.checks).toEqual(before?.checks);
  await workspace.write("a.html", orders(8, cheap("", "SELECT * FROM orders WHERE price > 60"), cheap("")));
  await workspace.write("a.html", orders(8, cheap("", "SELECT * FROM orders WHERE price > 60")));
  const third = await workspace.run();
  expect(third.steps).toEqual({ "a/orders": "reused", "a/total": "reused" });
  expect((await said(workspace, third.id)).checks).toEqual({ cheap: "failed 1" });
  const all = await workspace.open.store.checkResults({ by: "asset", asset: "a/orders" as never, limit: 10 });
  expect(all.map(({ run }) => run)).toEqual([third.id, first.id]);
});

test("the rules of expect say what is wrong of which rows", async () => {
  const rows =
    "SELECT * FROM (VALUES (1, 'new', 5, 1), (2, 'paid', -1, 9), (2, 'lost', NULL, NULL), (NULL, NULL, 7, 1)) t(id, status, price, customer)";
  const rules =
    "not_null(id); unique(id); accepted(status: new, paid); between(price, 0, 100); relationship(customer -> customers.id); rows(1..3); warn: rows(> 100); schema_unchanged; not_null(id, price)";
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", `output="orders" expect="${rules}"`, rows],
      // below, and all the same made before the check that reads it is carried out
      ["sql", 'output="customers"', "SELECT 1 AS id"],
    ]),
  });
  const run = await workspace.run();
  expect((await said(workspace, run.id)).checks).toEqual({
    "not_null(id)": "failed 1",
    "unique(id)": "failed 2",
    "accepted(status)": "failed 1",
    "between(price)": "failed 1",
    "relationship(customer)": "failed 1",
    rows: "failed 1",
    "rows (warn)": "failed 1",
    schema_unchanged: "passed 0",
    "not_null(id, price)": "failed 2",
  });
  expect(await rowsOf(workspace, "accepted(status)")).toEqual([{ id: 2, status: "lost", price: null, customer: null }]);
  expect(await rowsOf(workspace, "rows")).toEqual([{ rows: 4 }]);
  expect(await rowsOf(workspace, "unique(id)")).toHaveLength(2);
});

test("a changed schema is refused where it blocks", async () => {
  const typed = (type: string) =>
    notebook([["sql", 'output="orders" expect="schema_unchanged" blocking', `SELECT 1::${type} AS id`]]);
  await using workspace = await openLocal({ "a.html": typed("INTEGER") });
  expect((await workspace.run()).state).toBe("succeeded");
  await workspace.write("a.html", typed("VARCHAR"));
  expect((await workspace.run()).state).toBe("failed");
  expect(await rowsOf(workspace, "schema_unchanged")).toEqual([{ column: "id", was: "INTEGER", is: "VARCHAR" }]);
});

test("a check that cannot be carried out errs, and blocks where it is to block", async () => {
  const wrong = cheap("blocking", "SELECT nothing\nFROM orders");
  await using workspace = await openLocal({ "a.html": orders(3, wrong) });
  const run = await workspace.run();
  expect(await said(workspace, run.id)).toEqual({
    state: "failed",
    code: "check_failed",
    checks: { cheap: "errored" },
  });
  await workspace.write("a.html", notebook([["sql", 'output="orders" expect="not_null(nope)"', numbers(3)]]));
  const other = await workspace.run();
  expect(other.state).toBe("succeeded");
  const [step] = (await workspace.call("run", { id: other.id })).steps;
  expect(step?.checks[0]).toMatchObject({
    check: "not_null(nope)",
    status: "errored",
    message: "it could not be carried out: orders has no column nope; it has id, price",
  });
});

test("JavaScript checks give rows, values, a boolean or a verdict with what is worth telling", async () => {
  const check = (name: string, source: string): Cells[number] => ["js", `check="orders"`, `const ${name} = ${source};`];
  await using workspace = await openLocal({
    "a.html": orders(
      4,
      check("rows", "[...orders].filter((order) => order.price > 20)"),
      check("none", "[...orders].filter((order) => order.price > 2000)"),
      check("ids", "[...orders].map((order) => order.id).filter((id) => id > 1)"),
      check("good", "[...orders].length === 4"),
      check("bad", "orders.numRows === 1"),
      check("told", "({passed: false, mean: 15, note: 'low'})"),
      check("nonsense", "42"),
      ["js", 'check="orders"', "[...orders].length > 100"],
    ),
  });
  const run = await workspace.run();
  expect(await said(workspace, run.id)).toEqual({
    state: "succeeded",
    code: null,
    checks: {
      rows: "failed 1",
      none: "passed 0",
      ids: "failed 2",
      good: "passed",
      bad: "failed",
      told: "failed",
      nonsense: "errored",
      "cell 10": "failed",
    },
  });
  expect(await rowsOf(workspace, "ids")).toEqual([{ value: 2 }, { value: 3 }]);
  const [step] = (await workspace.call("run", { id: run.id })).steps;
  expect(step?.checks.find(({ check: name }) => name === "told")?.metadata).toEqual({
    mean: { type: "number", value: 15 },
    note: { type: "text", value: "low" },
  });
  expect(step?.checks.find(({ check: name }) => name === "nonsense")?.message).toContain("this one gave number 42");
});

test("a check sees its own partition, and refuses that one alone", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      [
        "sql",
        'output="orders" partitions="static eu us"',
        "SELECT CASE WHEN ${partition.key} = 'us' THEN -1 ELSE 1 END AS price",
      ],
      [
        "sql",
        'output="positive" check="orders" blocking',
        "SELECT *, ${partition.key} AS region FROM orders WHERE price < 0",
      ],
      ["sql", 'output="all_orders"', "SELECT * FROM orders"],
    ]),
  });
  const run = await workspace.run({ select: "a/orders", partition: "*" });
  expect(run.state).toBe("failed");
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps.map(({ partition, state, checks }) => [partition, state, checks.map(short)])).toEqual([
    ["eu", "succeeded", ["passed 0"]],
    ["us", "failed", ["failed 1"]],
  ]);
  expect(await readable(workspace)).toEqual({ "a/orders eu": 1 });
  expect(await rowsOf(workspace, "positive", "us")).toEqual([{ price: -1, region: "us" }]);
});

test("checks alone are carried out over what there is, and compute nothing", async () => {
  await using workspace = await openLocal({ "a.html": orders(8, cheap("")) });
  await workspace.run();
  const { run: id } = await workspace.call("runChecks", { select: "" });
  await runEnded(workspace.open, id);
  const report = await workspace.call("run", { id });
  expect(report.steps.map(({ key, state, reason, checks }) => [key, state, reason, checks.map(short)])).toEqual([
    ["a/orders", "reused", "checked again", ["failed 2"]],
  ]);
  const { checks } = await workspace.call("checks", { failed: true });
  expect(checks).toMatchObject([{ asset: "a/orders", check: "cheap", kind: "cell", results: [{ run: id, kept: 2 }] }]);
  const { assets } = await workspace.call("assets", {});
  expect(assets.map(({ key }) => key)).toEqual(["a/orders", "a/total"]);
});
