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

test.each([
  ["store", "parquett", "write auto, parquet, json, view or none"],
  ["partitions", "daily", "daily has no beginning; write from=, as daily from=2024-01-01"],
  ["upstream", "orders", '"orders" names no input; write it as orders: last 7'],
  [
    "upstream",
    "orders: first",
    '"first" is no mapping; write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping] or dimensions UPSTREAM=NAME [mapping], …; behind it, allow missing',
  ],
  ["upstream", "orders: all; orders: same", 'the input "orders" stands twice; take one out'],
  ["automation", "", "the end at column 1; write a condition, as missing or on_cron(…) there"],
  ["automation", "eager &", "the end at column 8; write a condition, as missing or on_cron(…) there"],
  ["automation", "(eager", 'the end at column 7; write ")" there'],
  ["automation", "eager)", '")" at column 6; write an operator (and or or) or the end there'],
  ["automation", "eager missing", '"missing" at column 7; write an operator (and or or) or the end there'],
  ["automation", "eager; drop", '";" at column 6; write a condition, and, or, not, . or parentheses there'],
  ["automation", "on_cron", 'the end at column 8; write its cron, as on_cron("0 6 * * *") there'],
  ["automation", "on_cron(daily)", '"daily" at column 9; write a quoted cron, as "0 6 * * *" there'],
  [
    "automation",
    'on_cron("61 * * * *")',
    'cron "61 * * * *": invalid minute: "61"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n) (column 9)',
  ],
  ["automation", "eager.", 'the end at column 7; write the name of a method behind "." there'],
  ["automation", "!".repeat(9) + "(".repeat(300), "it is nested over 100 deep at column 101; make it flatter"],
  ["check", "a b", "write one name of letters, digits, _ - . and /"],
  ["severity", "fatal", "write error or warn"],
  ["blocking", "maybe", "write the attribute alone, or true or false"],
  ["fresh", "24h", '"24h" is no policy; write within 24h, within 24h warn 20h, or by "0 9 * * *" within 3h (column 1)'],
  ["fresh", "within soon", '"soon" is no duration; write 250ms, 10s, 5m, 2h or 1d (column 8)'],
  ["fresh", "within 1h warn 2h", "it would warn after 2h, when it has failed; write less than 1h (column 16)"],
  ["retries", "-1", "write a whole number from 0 to 1000"],
  ["retries", "2.5", "write a whole number from 0 to 1000"],
  ["delay", "10", '"10" is no duration; write 250ms, 10s, 5m, 2h or 1d'],
  ["backoff", "random", "write constant, linear or exponential"],
  ["jitter", "some", "write none, full or plus-minus"],
  ["timeout", "0s", "the duration is zero; write one above it, as 10s"],
  ["pool", "", "write one name of letters, digits, _ - . and /"],
  ["priority", "high", "write a whole number from -1000000 to 1000000"],
  ["retain", "0 versions", "write a number of versions above zero, as 20 versions"],
  ["run", "never", "write auto, visible, manual, confirm, server or frozen"],
  ["sensor", " ", "write one name of letters, digits, _ - . and /"],
  ["every", "often", '"often" is no duration; write 250ms, 10s, 5m, 2h or 1d'],
  ["tags", "=x", 'a tag has no name: "=x"; write name or name=value'],
  ["owners", '"ada', 'a " is never closed; write another "'],
  ["group", " ", "it is empty; write something or take it out"],
  ["since", "yesterday", "it is no date; write one as 2026-01-31 or 2026-01-31T06:00:00Z"],
])("a cell with %s=%j keeps the default and says why", (attribute, value, why) => {
  expect(optionsOf({ [attribute]: value })).toEqual({
    options: defaultCellOptions,
    diagnostics: [
      {
        code: "attribute_invalid",
        severity: "error",
        message: `invalid ${attribute}: ${JSON.stringify(value)} (cell 3): ${why}`,
        cell: 3,
        span: null,
        attribute,
      },
    ],
  });
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

test.each([
  [
    "schedule",
    "0 6 * *",
    '"0 6 * *" is no cron expression: it has 4 fields; write five (minute hour day month weekday), or six with seconds first',
  ],
  ["schedule", ";", 'it is empty; write a cron expression, as "0 6 * * *", or take it out'],
  ["timezone", "Berlin", '"Berlin" is no time zone; write an IANA name, as Europe/Berlin or UTC'],
  ["catchup", "some", "write latest, all, none or a number of ticks, as 5"],
  ["params", "[1]", 'it is no JSON object; write names with their defaults, as {"year": 2026}'],
  ["params", '{"a b": 1}', 'invalid name of a parameter: "a b"; write an identifier, as year'],
  [
    "hosts",
    "https://example.com/x",
    'invalid host: "https://example.com/x"; write hosts alone, as api.example.com, *.example.org or localhost:8080',
  ],
])("a notebook with %s=%j keeps the default and says why", (attribute, value, why) => {
  expect(notebookOptionsOf({ [attribute]: value })).toEqual({
    options: defaultNotebookOptions,
    diagnostics: [
      {
        code: "attribute_invalid",
        severity: "error",
        message: `invalid ${attribute}: ${JSON.stringify(value)} (notebook): ${why}`,
        cell: null,
        span: null,
        attribute,
      },
    ],
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
