import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateAutomation } from "../../../cells/automation/evaluate.ts";
import type { AutomationEvent, AutomationFact } from "../../../cells/automation/events.ts";
import type { AutomationGraph } from "../../../cells/automation/graph.ts";
import type { AutomationState } from "../../../cells/automation/state.ts";
import { nine, sayRequests, sketchGraph, type TargetSketch } from "./targets.ts";

const names = ["a", "b", "c", "d", "e"];
const partitions = [undefined, undefined, "static x y", "daily from=2026-01-28", "hourly from=2026-01-31"];
const conditions = [
  "eager",
  "on_missing",
  'on_cron("*/20 * * * *")',
  'on_cron("5 * * * *", "Asia/Kolkata")',
  "newly_updated",
  "not newly_updated",
  "any_deps(newly_updated and not executed_with_root_target or will_be_requested)",
  'all_deps(newly_updated.since(cron_tick_passed("*/15 * * * *"))).since(handled)',
  "missing.newly_true() or code_version_changed",
  "any_deps(missing) and not in_progress",
  'signal("go").since(any_deps(execution_failed))',
  "any_downstream_conditions",
  "freshness_failed.newly_true().since(newly_updated)",
  "all_checks(check_passed).newly_true()",
  'executed_with_tags("team"="core").since(newly_requested)',
  "eager.without(not any_deps_missing)",
  "data_version_changed.since(initial_evaluation)",
];

const graphs = fc
  .array(
    fc.record({
      deps: fc.subarray(names),
      automation: fc.option(fc.constantFrom(...conditions), { nil: undefined }),
      partitions: fc.constantFrom(...partitions),
      hasPolicy: fc.boolean(),
    }),
    { minLength: names.length, maxLength: names.length },
  )
  .map((specs) => {
    const sketches: Record<string, TargetSketch> = {};
    specs.forEach(({ deps, automation, partitions: cut, hasPolicy }, i) => {
      const name = names[i] ?? "";
      sketches[name] = {
        deps: deps.filter((dep) => dep < name),
        checks: { [name]: false },
        ...(automation === undefined ? {} : { automation }),
        ...(cut === undefined ? {} : { partitions: cut }),
        ...(hasPolicy ? { freshness: { type: "within", ms: 40 * 60_000 } } : {}),
      };
      sketches[`check:${name}`] = { deps: [name], ...(cut === undefined ? {} : { partitions: cut }) };
    });
    return sketches;
  });

const keyOf = (name: string, sketches: Readonly<Record<string, TargetSketch>>, pick: number): readonly string[] => {
  const { partitions: cut } = sketches[name] ?? {};
  if (cut === undefined) return [""];
  if (cut.startsWith("static")) return [["x", "y"][pick % 2] ?? "x"];
  return cut.startsWith("daily") ? [`2026-01-${28 + (pick % 3)}`] : [`2026-01-31-0${pick % 10}:00`];
};

interface Happening {
  readonly kind: number;
  readonly name: string;
  readonly pick: number;
  readonly minutes: number;
  /** whether an evaluation follows */
  readonly isEvaluated: boolean;
}

const happenings = fc.array(
  fc.record({
    kind: fc.nat(9),
    name: fc.constantFrom(...names),
    pick: fc.nat(20),
    minutes: fc.constantFrom(0, 1, 7, 30, 90),
    isEvaluated: fc.boolean(),
  }),
  { maxLength: 14 },
);

function toFact({ kind, name, pick }: Happening, sketches: Readonly<Record<string, TargetSketch>>): AutomationFact {
  const own = keyOf(name, sketches, pick);
  const run = `run${pick % 3}`;
  const update = {
    type: "materialized",
    key: name,
    partitions: own,
    codeVersion: "1",
    isNewData: pick % 2 === 0,
  } as const;
  switch (kind) {
    case 0:
      return {
        type: "run_started",
        run,
        targets: { [name]: own, e: keyOf("e", sketches, pick) },
        tags: pick % 2 ? { team: "core" } : {},
      };
    case 1:
      return { type: "run_ended", run, state: pick % 2 ? "failed" : "succeeded" };
    case 2:
      return { type: "deleted", key: name, partitions: pick % 2 ? own : null };
    case 3:
      return {
        type: "signal",
        name: "go",
        key: pick % 2 ? name : null,
        partitions: null,
        value: [true, false, "once"][pick % 3] as boolean | "once",
      };
    case 4:
      return { type: "checked", key: `check:${name}`, partitions: own, passed: pick % 2 === 0, run };
    case 5:
      return { type: "backfill_started", backfill: run, targets: { [name]: own } };
    case 6:
      return { type: "backfill_ended", backfill: run };
    default:
      return { ...update, run: kind === 7 ? run : null };
  }
}

/** Plays a log with its evaluations; the state goes through JSON each time. */
function play(
  graph: AutomationGraph,
  sketches: Readonly<Record<string, TargetSketch>>,
  log: readonly Happening[],
  { isThorough, isWhole }: { readonly isThorough: boolean; readonly isWhole: boolean },
): { readonly requests: readonly (readonly string[])[]; readonly state: AutomationState } {
  let state = evaluateAutomation({ graph, state: null, events: [], now: nine, isThorough }).state;
  let now = nine;
  let events: AutomationEvent[] = [];
  const requests: (readonly string[])[] = [];
  const evaluate = () => {
    const evaluation = evaluateAutomation({ graph, state, events, now, isThorough });
    state = JSON.parse(JSON.stringify(evaluation.state)) as AutomationState;
    requests.push(sayRequests(evaluation.requested));
    events = [];
  };
  log.forEach((happening, i) => {
    now += happening.minutes * 60_000;
    events.push({ ...toFact(happening, sketches), position: i + 1, at: now });
    if (happening.isEvaluated && !isWhole) evaluate();
  });
  now += 45 * 60_000;
  evaluate();
  return { requests, state };
}

describe("laws", () => {
  it("looking only at what events can reach is looking at everything, over the whole log from its beginning", () => {
    fc.assert(
      fc.property(graphs, happenings, (sketches, log) => {
        const graph = sketchGraph(sketches);
        const some = play(graph, sketches, log, { isThorough: false, isWhole: false });
        const all = play(graph, sketches, log, { isThorough: true, isWhole: false });
        expect(some).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  it("how the log is cut into evaluations changes nothing but when requests are made", () => {
    fc.assert(
      fc.property(graphs, happenings, (sketches, log) => {
        // a condition that never comes true requests nothing, and remembers as any other does
        const quiet = Object.fromEntries(
          Object.entries(sketches).map(([key, sketch]) => [
            key,
            sketch.automation === undefined ? sketch : { ...sketch, automation: `(${sketch.automation}) and manual` },
          ]),
        );
        const graph = sketchGraph(quiet);
        const cut = play(graph, quiet, log, { isThorough: false, isWhole: false });
        const whole = play(graph, quiet, log, { isThorough: false, isWhole: true });
        expect(cut.state).toEqual(whole.state);
      }),
      { numRuns: 60 },
    );
  });
});
