import { describe, expect, it } from "vitest";
import { evaluateAutomation } from "../../../cells/automation/evaluate.ts";
import { automationGraphOf } from "../../../cells/automation/from-workspace.ts";
import { simulate } from "../../../cells/automation/simulate.ts";
import { readSimulation } from "../../../cells/automation/simulation.ts";
import { AppError } from "../../../cells/errors.ts";
import { workspaceOf } from "../graph/notebooks.ts";
import { nine, sayRequests } from "./targets.ts";

const workspace = workspaceOf({
  "sales.html": [
    ["sql", "select 1 as id", { output: "orders", tags: "raw" }],
    ["sql", "select * from orders", { output: "recent", store: "view" }],
    ["sql", "select count(*) as n from recent", { output: "totals", automation: "eager" }],
    ["sql", "select * from totals", { output: "report", automation: "eager.ignore(tag:raw)" }],
    [
      "sql",
      "select * from totals where n < 0",
      { output: "positive", check: "totals", blocking: "", automation: "eager" },
    ],
    ["sql", "select 1 as d", { output: "daily", partitions: "daily from=2026-01-28" }],
    [
      "sql",
      "select * from daily",
      {
        output: "weekly",
        partitions: "daily from=2026-01-28",
        upstream: "daily: last 2",
        automation: "eager.without(in_latest_time_window)",
      },
    ],
  ],
});

describe("a workspace", () => {
  const graph = automationGraphOf(workspace, {
    jobs: [
      {
        name: "night",
        members: ["sales/orders", "sales/totals"],
        automation: "any_job_roots(newly_updated)",
        timezone: "UTC",
      },
    ],
  });

  it("A10 stored assets, checks and jobs are targets; virtual assets are looked through", () => {
    expect(
      [...graph.targets.values()].map(({ key, type, deps, checks }) => [key, type, deps.map((dep) => dep.key), checks]),
    ).toEqual([
      ["sales/orders", "asset", [], []],
      ["sales/totals", "asset", ["sales/orders"], [{ key: "check:sales/positive", isBlocking: true }]],
      ["sales/report", "asset", ["sales/totals"], []],
      ["sales/daily", "asset", [], []],
      ["sales/weekly", "asset", ["sales/daily"], []],
      ["check:sales/positive", "check", ["sales/totals"], []],
      ["job:night", "job", [], []],
    ]);
  });

  it("an update behind a view sets off what reads the view, and the job whose root it is", () => {
    const { state } = evaluateAutomation({ graph, state: null, events: [], now: nine });
    const update = {
      type: "materialized",
      key: "sales/orders",
      partitions: [""],
      run: null,
      codeVersion: null,
      isNewData: true,
    } as const;
    const { requested } = evaluateAutomation({
      graph,
      state,
      events: [{ ...update, position: 1, at: nine + 1 }],
      now: nine + 1,
    });
    expect(sayRequests(requested)).toEqual(["sales/totals", "sales/report", "check:sales/positive", "job:night"]);
  });

  it("mappings of an input count", () => {
    const { state } = evaluateAutomation({ graph, state: null, events: [], now: nine });
    const made = (position: number, partitions: readonly string[]) =>
      ({
        type: "materialized",
        key: "sales/daily",
        partitions,
        run: null,
        codeVersion: null,
        isNewData: true,
        position,
        at: nine + position,
      }) as const;
    const events = [made(1, ["2026-01-28", "2026-01-29", "2026-01-30"])];
    const first = evaluateAutomation({ graph, state, events, now: nine + 1 });
    expect(sayRequests(first.requested)).toEqual(["sales/weekly 2026-01-28 2026-01-29 2026-01-30"]);
    const second = evaluateAutomation({ graph, state: first.state, events: [made(2, ["2026-01-28"])], now: nine + 2 });
    expect(sayRequests(second.requested)).toEqual(["sales/weekly 2026-01-28 2026-01-29"]);
  });
});

describe("simulation", () => {
  const graph = automationGraphOf(workspace);
  const play = (document: unknown, automation: Readonly<Record<string, string>> = {}) =>
    simulate(graph, automation, readSimulation(document)).flatMap(({ at, requested }) =>
      requested.map(({ key, sentence }) => `${new Date(at).toISOString().slice(11, 16)} ${key}: ${sentence}`),
    );

  it("plays a story, with the runs that it would start and the ticks of clocks", () => {
    const story = {
      start: "2026-01-31T05:30:00Z",
      end: "2026-01-31T07:00:00Z",
      runsTake: "5m",
      events: [
        { at: "2026-01-31T05:31:00Z", type: "materialized", key: "sales/orders", run: "r1" },
        { at: "+50m", type: "materialized", key: "sales/orders", run: "r2" },
      ],
    };
    expect(play(story, { "sales/totals": 'on_cron("0 6 * * *")' })).toEqual([
      "06:21 sales/totals: requested because the clock passed 0 6 * * * (06:00)",
      "06:21 sales/report: requested because totals is requested",
      "06:21 check:sales/positive: requested because totals is requested",
    ]);
  });

  it("a story that cannot be read names the place", () => {
    const problems = [
      [{}, "start is nothing; write an instant with its zone, as 2026-01-31T09:00:00Z"],
      [{ start: "2026-01-31T09:00:00Z", events: 1 }, "events is 1; write a list"],
      [
        { start: "2026-01-31T09:00:00Z", events: [], evnts: [] },
        "evnts is unknown; did you mean events? there are start, end, runsTake, events, automation",
      ],
      [
        { start: "2026-01-31T09:00:00Z", events: [{ at: "soon", type: "materialized", key: "a" }] },
        'events[0].at is "soon"; write an instant with its zone, as 2026-01-31T09:00:00Z, or a time after the one before, as +10m',
      ],
      [
        { start: "2026-01-31T09:00:00Z", events: [{ at: "+1m", type: "made" }] },
        'events[0].type is "made"; write materialized, observed, deleted, run_started, run_ended, step_failed, backfill_started, backfill_ended, checked, signal',
      ],
      [
        { start: "2026-01-31T09:00:00Z", events: [{ at: "+1m", type: "checked", key: "a", passed: "yes" }] },
        'events[0].passed is "yes"; write true or false',
      ],
    ] as const;
    for (const [document, message] of problems)
      expect(() => readSimulation(document)).toThrow(new AppError("usage", message));
    expect(() => play({ start: "2026-01-31T09:00:00Z", events: [] }, { "sales/none": "eager" })).toThrow(
      new AppError("usage", 'no asset "sales/none" can be automated; name a stored one'),
    );
  });
});
