import { describe, expect, it } from "vitest";
import { suite } from "../../vectors/suites/dagster-automation.ts";

const chain = [{ key: "A" }, { key: "B", deps: ["A"] }];
const hourly = { type: "hourly", start: "2013-01-05-00:00" };
const hourlyChain = [
  { key: "A", partitions: hourly },
  { key: "B", deps: ["A"], partitions: hourly },
];
const check = [{ key: "A" }, { check: "rows", asset: "A" }];
const tick = (expected: number, partitions?: unknown) => ({
  tick: true,
  expect_requested: expected,
  ...(partitions === undefined ? {} : { expect_partitions: partitions }),
});
const now = (text: string) => ({ now: text });
const advance = (by: Readonly<Record<string, number>>) => ({ advance: by });
const run = (key: string, partition?: string) => ({ run_succeeds: [key], ...(partition ? { partition } : {}) });
const report = (key: string, more: object = {}) => ({ report_materialization: key, ...more });
const five = ["A", "B", "C", "D", "E"].map((key) => ({ key, group: key < "D" ? "foo" : "bar" }));
const fan = [...five, { key: "down", deps: ["A", "B", "C", "D", "E"] }];
const job = [{ key: "a" }, { key: "b" }, { key: "c", deps: ["a", "b"] }];
const cron = 'on_cron("0 * * * *")';

const cases: readonly [name: string, assets: readonly object[], on: string, expr: string, steps: readonly object[]][] =
  [
    [
      "O16 eager, hourly: the newest partition only, once, and not again after a failure",
      hourlyChain,
      "B",
      "eager",
      [
        now("2020-02-02T01:05:00Z"),
        tick(0),
        run("A", "2019-07-05-00:00"),
        tick(0),
        run("A", "2020-02-02-00:00"),
        tick(1, ["2020-02-02-00:00"]),
        run("B", "2020-02-02-00:00"),
        tick(0),
        advance({ hours: 1 }),
        tick(0),
        run("A", "2020-02-02-01:00"),
        tick(1, ["2020-02-02-01:00"]),
        { run_fails: ["B"], partition: "2020-02-02-01:00" },
        tick(0),
      ],
    ],
    [
      "O16 eager waits for the partition of itself that it reads",
      [
        {
          key: "parent",
          partitions: { multi: { time: { type: "daily", start: "2024-08-01" }, static: { static: ["a", "b"] } } },
        },
        {
          key: "child",
          partitions: { multi: { time: { type: "daily", start: "2024-08-01" }, static: { static: ["a", "b"] } } },
          deps: [
            "parent",
            {
              key: "child",
              mapping: { dimensions: { time: { start_offset: -1, end_offset: -1 }, static: "identity" } },
            },
          ],
        },
      ],
      "child",
      "eager.without(in_latest_time_window)",
      [now("2024-09-01T00:00:00Z"), tick(0), report("parent", { partition: "a|2024-08-16" }), tick(0)],
    ],
    [
      "O17 on_cron waits for its inputs, and takes one request a tick",
      chain,
      "B",
      cron,
      [
        now("2020-02-02T00:55:00Z"),
        tick(0),
        advance({ minutes: 10 }),
        tick(0),
        run("A"),
        tick(1),
        run("B"),
        tick(0),
        run("A"),
        tick(0),
        advance({ hours: 1 }),
        tick(0),
        run("A"),
        tick(1),
      ],
    ],
    [
      "O17 on_cron, hourly: the newest partition of its inputs",
      hourlyChain,
      "B",
      cron,
      [
        now("2020-02-02T00:55:00Z"),
        tick(0),
        advance({ minutes: 10 }),
        tick(0),
        run("A", "2019-07-05-00:00"),
        tick(0),
        run("A", "2020-02-02-00:00"),
        tick(1),
        run("B", "2020-02-02-00:00"),
        tick(0),
        advance({ hours: 1 }),
        tick(0),
        run("A", "2020-02-02-00:00"),
        tick(0),
        run("A", "2020-02-02-01:00"),
        tick(1),
      ],
    ],
    [
      "O17 on_cron of a check",
      check,
      "check rows",
      'on_cron("@hourly")',
      [
        now("2024-08-16T04:35:00Z"),
        tick(0),
        advance({ minutes: 30 }),
        tick(0),
        advance({ minutes: 1 }),
        report("A"),
        tick(1),
        advance({ minutes: 1 }),
        tick(0),
        report("A"),
        tick(0),
        advance({ hours: 1 }),
        tick(0),
        report("A"),
        tick(1),
      ],
    ],
    [
      "O2 a tick and an update behind it, between two evaluations, are two things",
      chain,
      "B",
      cron,
      [now("2020-02-02T00:55:00Z"), tick(0), advance({ minutes: 10 }), run("A"), tick(1), tick(0)],
    ],
    [
      "O2 an update before the tick is not one since it",
      chain,
      "B",
      cron,
      [now("2020-02-02T00:55:00Z"), tick(0), advance({ minutes: 2 }), run("A"), advance({ minutes: 10 }), tick(0)],
    ],
    [
      "O18 on_missing fires once for what was deleted",
      chain,
      "B",
      "on_missing",
      [report("B"), tick(0), run("A"), tick(0), { wipe: ["B"] }, tick(1), tick(0), tick(0), run("A"), tick(0)],
    ],
    [
      "O5 any dependency",
      [{ key: "A" }, { key: "B" }, { key: "C", deps: ["A", "B"] }],
      "C",
      "any_deps_match(X)",
      [tick(0), { set: { "X@A": true } }, tick(1), { set: { "X@B": true } }, tick(1)],
    ],
    [
      "O6 all dependencies",
      [{ key: "A" }, { key: "B" }, { key: "C", deps: ["A", "B"] }],
      "C",
      "all_deps_match(X)",
      [tick(0), { set: { "X@A": true } }, tick(0), { set: { "X@B": true } }, tick(1)],
    ],
    [
      "O7 allow takes a selection",
      fan,
      "down",
      "any_deps_match(missing()).allow(A | group:bar)",
      [tick(1), run("A"), tick(1), run("D"), run("E"), tick(0)],
    ],
    [
      "O7 ignore takes a selection",
      fan,
      "down",
      "any_deps_match(missing()).ignore(A | group:bar)",
      [tick(1), run("B"), tick(1), run("C"), tick(0)],
    ],
    [
      "O7 allow reaches into eager",
      fan,
      "down",
      "eager.allow(A)",
      [tick(0), run("B"), tick(0), run("A"), tick(1), tick(0)],
    ],
    [
      "D10 the latest window",
      [{ key: "A", partitions: { type: "daily", start: "2013-01-05" } }],
      "A",
      "in_latest_time_window()",
      [
        now("2013-01-05T00:00:00Z"),
        tick(0),
        now("2020-02-02T01:00:00Z"),
        tick(1, ["2020-02-01"]),
        advance({ days: 5 }),
        tick(1, ["2020-02-06"]),
      ],
    ],
    [
      "D10 what has no time is always in it",
      [{ key: "A", partitions: { static: ["1", "2"] } }],
      "A",
      "in_latest_time_window(lookback=3d)",
      [tick(2)],
    ],
    [
      "D11 requested in the same tick",
      chain,
      "B",
      "any_deps_match(will_be_requested())",
      [tick(0), { parent_requested_this_tick: [["A"]] }, tick(1), tick(0)],
    ],
    [
      "D7 code_version_outdated looks at the latest materialization",
      [{ key: "A", code_version: "old" }],
      "A",
      "code_version_outdated()",
      [
        tick(0),
        report("A", { code_version: "old" }),
        tick(0),
        { set_code_version: { A: "new" } },
        tick(1),
        report("A", { code_version: "old" }),
        tick(1),
        report("A", { code_version: "new" }),
        tick(0),
      ],
    ],
    [
      "D6 code_version_changed is true for one tick",
      [{ key: "A", code_version: "1" }],
      "A",
      "code_version_changed()",
      [tick(0), tick(0), { set_code_version: { A: "2" } }, tick(1), tick(0)],
    ],
    [
      "O11 any root of a job",
      job,
      "job",
      "any_job_root_assets_match(missing())",
      [tick(1), report("a"), tick(1), report("b"), tick(0)],
    ],
    ["O11 what is no root does not count", job, "job", "all_job_root_assets_match(missing())", [report("c"), tick(1)]],
    [
      "O3 nothing that was missing before the condition is backfilled",
      [{ key: "A", partitions: { static: ["1", "2"] } }],
      "A",
      "on_missing",
      [tick(0), tick(0), { redefine_partitions: { A: ["1", "2", "3"] } }, tick(1, ["3"]), tick(0)],
    ],
  ];

describe("scenarios", () => {
  it.each(cases)("%s", async (_, assets, on, expr, steps) => {
    const [result] = await suite.run({ cases: [{ id: "x", assets, condition: { on, expr }, steps }] });
    expect(result?.got).toEqual(result?.expected);
  });
});
