import { expect, test } from "vitest";
import { lostAttributes } from "../../../cells/format/lost-attributes.ts";
import {
  defaultCellOptions,
  defaultNotebookOptions,
  readCellOptions,
  readNotebookOptions,
} from "../../../cells/format/options.ts";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { toCell } from "../../../cells/model/cell.ts";
import { emptyNotebook } from "../../../cells/model/notebook.ts";

const optionsOf = (attributes: Readonly<Record<string, string>>) => readCellOptions(toCell({ id: 3, attributes }));
const notebookOptionsOf = (attributes: Readonly<Record<string, string>>) =>
  readNotebookOptions({ ...emptyNotebook, attributes });

test("a cell without attributes has the defaults", () => {
  expect(optionsOf({})).toEqual({ options: defaultCellOptions, diagnostics: [] });
});

test.each([
  [{ store: "parquet" }, { store: "parquet" }],
  [{ partitions: " daily from=2024-01-01 " }, { partitions: "daily from=2024-01-01" }],
  [{ upstream: "orders: last 7; sales.eu: all" }, { upstream: { orders: "last 7", "sales.eu": "all" } }],
  [{ automation: "eager" }, { automation: "eager" }],
  [{ automation: 'on_cron("0 6 * * *")' }, { automation: 'on_cron("0 6 * * *")' }],
  [{ automation: "on_missing" }, { automation: "on_missing" }],
  [
    {
      automation:
        '(eager & !any_deps_match(missing)) | cron_tick_passed("@daily").since(newly_updated).since_last_handled',
    },
    {
      automation:
        '(eager & !any_deps_match(missing)) | cron_tick_passed("@daily").since(newly_updated).since_last_handled',
    },
  ],
  [
    { automation: " eager.without(in_latest_time_window).ignore(tag:raw) " },
    { automation: "eager.without(in_latest_time_window).ignore(tag:raw)" },
  ],
  [
    { check: "orders", severity: "warn", blocking: "" },
    { check: "orders", severity: "warn", blocking: true },
  ],
  [{ blocking: "false" }, { blocking: false }],
  [{ fresh: "within 24h" }, { fresh: { type: "within", ms: 86_400_000 } }],
  [{ fresh: 'by "0 9 * * *" within 3h' }, { fresh: { type: "by", cron: "0 9 * * *", withinMs: 10_800_000 } }],
  [{ fresh: "by 0 9 * * * within 3h" }, { fresh: { type: "by", cron: "0 9 * * *", withinMs: 10_800_000 } }],
  [
    {
      retries: "3",
      delay: "10s",
      backoff: "exponential",
      jitter: "full",
      timeout: "5m",
      pool: "heavy",
      priority: "-2",
    },
    {
      retries: 3,
      delayMs: 10_000,
      backoff: "exponential",
      jitter: "full",
      timeoutMs: 300_000,
      pool: "heavy",
      priority: -2,
    },
  ],
  [{ delay: "250ms" }, { delayMs: 250 }],
  [{ delay: "1h30m" }, { delayMs: 5_400_000 }],
  [{ retain: "400d" }, { retain: { type: "age", ms: 34_560_000_000 } }],
  [{ retain: "20 versions" }, { retain: { type: "versions", count: 20 } }],
  [{ run: "server" }, { run: "server" }],
  [
    { sensor: "inbox", every: "30s" },
    { sensor: { name: "inbox", source: { type: "code" } }, everyMs: 30_000 },
  ],
  [{ tags: 'sales, tier=gold  note="a b"' }, { tags: { sales: "", tier: "gold", note: "a b" } }],
  [{ owners: "ada@example.com team:sales" }, { owners: ["ada@example.com", "team:sales"] }],
  [
    { group: "Finance 2", description: " All orders. " },
    { group: "Finance 2", description: "All orders." },
  ],
])("a cell with %j", (attributes, expected) => {
  expect(optionsOf(attributes)).toEqual({ options: { ...defaultCellOptions, ...expected }, diagnostics: [] });
});

test("a wrong value keeps the default, and the rest holds; wrong-values.test.ts has what is said of each", () => {
  const { options, diagnostics } = optionsOf({ retries: "-1", timeout: "soon", priority: "2" });
  expect(options).toEqual({ ...defaultCellOptions, priority: 2 });
  expect(diagnostics).toEqual([
    {
      code: "attribute_invalid",
      severity: "error",
      message: 'invalid retries: "-1" (cell 3): write a whole number from 0 to 1000',
      cell: 3,
      span: null,
      attribute: "retries",
    },
    {
      code: "attribute_invalid",
      severity: "error",
      message: 'invalid timeout: "soon" (cell 3): "soon" is no duration; write 250ms, 10s, 5m, 2h or 1d',
      cell: 3,
      span: null,
      attribute: "timeout",
    },
  ]);
});

test("of several words the wrong one is told by its place in the value", () => {
  expect(optionsOf({ upstream: "orders: all; totals: first" }).diagnostics[0]?.span).toEqual({ start: 21, end: 26 });
});

test.each([
  [{ schedule: "0 6 * * *; @daily" }, { schedule: ["0 6 * * *", "@daily"] }],
  [{ timezone: "Europe/Berlin" }, { timezone: "Europe/Berlin" }],
  [{ catchup: "none" }, { catchup: { type: "none" } }],
  [{ catchup: "5" }, { catchup: { type: "count", count: 5 } }],
  [{ params: '{"year": 2026, "regions": ["eu"]}' }, { params: { year: 2026, regions: ["eu"] } }],
  [
    { hosts: "api.Example.com, *.example.org localhost:8080 [::1]:80" },
    { hosts: ["api.example.com", "*.example.org", "localhost:8080", "[::1]:80"] },
  ],
  [
    { tags: "a b=c", owners: "me", description: "x" },
    { tags: { a: "", b: "c" }, owners: ["me"], description: "x" },
  ],
])("a notebook with %j", (attributes, expected) => {
  expect(notebookOptionsOf(attributes)).toEqual({
    options: { ...defaultNotebookOptions, ...expected },
    diagnostics: [],
  });
});

test("params that are no JSON say where", () => {
  expect(notebookOptionsOf({ params: "{year: 1}" }).diagnostics.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^invalid params: "\{year: 1\}" \(notebook\): it is no JSON \(.+\); write an object, as \{"year": 2026\}$/,
    ),
  ]);
});

test("the format of a data loader is checked, that of other cells is not", () => {
  const formatOf = (kind: "r" | "js") =>
    readCellOptions(toCell({ id: 1, kind, attributes: { format: "xlsx" } })).diagnostics.length;
  expect([formatOf("r"), formatOf("js")]).toEqual([1, 0]);
});

test("lostAttributes tells what Observable's editor dropped, and nothing of cells that are gone", () => {
  const before = parseNotebook(
    '<notebook id="n1" theme="air" schedule="@daily" lang="fr"><script id="1" store="json" data-x="1">1</script><script id="2" since="2024-01-01" tags="a">2</script><script id="3" run="manual">3</script></notebook>',
  ).notebook;
  const after = parseNotebook(
    '<notebook theme="air"><script id="2" type="module" tags="b">2</script><script id="1" type="module">1</script></notebook>',
  ).notebook;
  expect(lostAttributes(before, after)).toEqual([
    { cell: null, name: "id", value: "n1" },
    { cell: null, name: "schedule", value: "@daily" },
    { cell: 1, name: "store", value: "json" },
    { cell: 2, name: "since", value: "2024-01-01" },
  ]);
  expect(lostAttributes(before, before)).toEqual([]);
});
