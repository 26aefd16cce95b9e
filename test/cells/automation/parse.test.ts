import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as build from "../../../cells/automation/build.ts";
import { compositions, operands, type Condition } from "../../../cells/automation/condition.ts";
import { expand } from "../../../cells/automation/expand.ts";
import { parseCondition } from "../../../cells/automation/parse.ts";
import { printCondition } from "../../../cells/automation/print.ts";
import { AppError } from "../../../cells/errors.ts";
import type { Selection } from "../../../cells/select/grammar.ts";

const {
  and,
  anyChecks,
  anyDeps,
  allDeps,
  allow,
  assetMatches,
  cronTickPassed,
  executedWithTags,
  ignore,
  inLatestTimeWindow,
  is,
  label,
  named,
  newlyTrue,
  not,
  onCron,
  or,
  replace,
  signal,
  since,
  sinceLastHandled,
  without,
} = build;

/** text → the same made in JavaScript, and the canonical text */
const cases: readonly [text: string, condition: Condition, canonical?: string][] = [
  ["manual", is("manual")],
  [" eager ", named("eager"), "eager"],
  ["eager()", named("eager"), "eager"],
  ['on_cron("0 6 * * *")', onCron("0 6 * * *")],
  [
    "on_cron('0  6 * * *', timezone='Europe/Berlin')",
    onCron("0 6 * * *", "Europe/Berlin"),
    'on_cron("0 6 * * *", "Europe/Berlin")',
  ],
  ["any_deps(newly_updated) and not in_progress", and(anyDeps(is("newly_updated")), not(named("in_progress")))],
  ["missing.newly_true().since(handled)", sinceLastHandled(newlyTrue(is("missing")))],
  [
    "missing.newly_true.since_last_handled",
    sinceLastHandled(newlyTrue(is("missing"))),
    "missing.newly_true().since(handled)",
  ],
  [
    "missing | newly_updated & ~execution_failed",
    or(is("missing"), and(is("newly_updated"), not(is("execution_failed")))),
    "missing or (newly_updated and not execution_failed)",
  ],
  ["(not missing).newly_true()", newlyTrue(not(is("missing")))],
  ["not missing.newly_true()", not(newlyTrue(is("missing")))],
  ["in_latest_time_window(lookback=3d)", inLatestTimeWindow("3d"), "in_latest_time_window(3d)"],
  [
    "any_deps_match(missing()).allow(A or tag:core)",
    allow(anyDeps(is("missing")), "A or tag:core"),
    "any_deps(missing).allow(A or tag:core)",
  ],
  ["all_deps(missing).ignore(key:/a(b)/)", ignore(allDeps(is("missing")), "key:/a(b)/")],
  ["any_checks(check_failed, blocking)", anyChecks(is("check_failed"), { blockingOnly: true })],
  ['asset_matches("sales/orders", newly_updated)', assetMatches("sales/orders", is("newly_updated"))],
  ['executed_with_tags("team"="core", "night")', executedWithTags({ team: "core", night: null })],
  ['signal("a \\"b\\"")', signal('a "b"')],
  ['cron_tick_passed("@daily")', cronTickPassed("@daily")],
  ["eager.without(in_latest_time_window)", without(named("eager"), inLatestTimeWindow())],
  ["eager.replace(newly_missing, missing)", replace(named("eager"), named("newly_missing"), is("missing"))],
  ['missing.label("gone") or missing', or(label(is("missing"), "gone"), is("missing"))],
  [
    "missing.since(newly_updated or newly_requested)",
    since(is("missing"), or(is("newly_updated"), is("newly_requested"))),
  ],
];

const wrong: readonly [text: string, message: string, column: number][] = [
  ["", "it is empty; write a condition, as eager or on_cron(…), or take it out", 1],
  ["eager or", "the end at column 9; write a condition, as missing or on_cron(…) there", 9],
  ["eager missing", '"missing" at column 7; write an operator (and or or) or the end there', 7],
  ["any_deps", "the end at column 9; write its condition, as any_deps(missing) there", 9],
  ["on_cron(daily)", '"daily" at column 9; write a quoted cron, as "0 6 * * *" there', 9],
  [
    'on_cron("0 6 * * *", "Mars")',
    '"Mars" is no time zone; write an IANA name, as Europe/Berlin or UTC (column 22)',
    22,
  ],
  ["in_latest_time_window(soon)", '"soon" at column 23; write a duration, as 3d there', 23],
  [
    "any_deps(missing).allow(tag:)",
    'tag needs a value, not the end; write a word, or "text in quotes" (column 29)',
    29,
  ],
  ["any_deps(missing).allow()", "there is no selection at column 25; write one, as sales/orders or tag:core", 25],
  [
    "any_deps(missing).allow(status:fresh)",
    "status: is no property of the graph; name keys, tags, groups, owners or kinds (column 25)",
    25,
  ],
  ["missing.allow(A)", "allow narrows any_deps and all_deps, and missing has neither; leave it out (column 15)", 15],
  [
    "eager.without(missing)",
    "missing is no part of eager; name one of in_latest_time_window, (newly_missing or any_deps_updated).since(handled), not any_deps_missing, not any_deps_in_progress, not in_progress (column 15)",
    15,
  ],
  ["missing.newly_true(1)", '"1" at column 20; write ")": it takes nothing there', 20],
  ['"eager"', '"eager" at column 1; write a condition, as missing or on_cron(…) there', 1],
  ['signal("a', '"\\"" at column 8; write its closing quote there', 8],
];

describe("the language", () => {
  it.each(cases)("%s", (text, condition, canonical = text) => {
    expect([parseCondition(text), printCondition(condition)]).toEqual([condition, canonical]);
  });

  it.each(wrong)("%s is refused", (text, message, column) => {
    const error = catchError(() => parseCondition(text));
    expect([error.code, error.message, error.data]).toEqual(["attribute_invalid", message, { column }]);
  });

  it("names what was probably meant, and all that may stand there", () => {
    const { message } = catchError(() => parseCondition("not newly_update"));
    expect(message).toMatch(
      /^there is no condition "newly_update" \(column 5\); did you mean newly_updated\? write one of eager, on_missing, /,
    );
    for (const name of [...Object.keys(compositions), ...Object.keys(operands)]) expect(message).toContain(name);
  });

  it("named conditions are compositions in the same language", () => {
    for (const [name, text] of Object.entries(compositions)) {
      const [composed, spelled] = [expand(parseCondition(name)), expand(parseCondition(text))];
      expect({ ...composed, text: "", isNamed: false }).toEqual({ ...spelled, text: "", isNamed: false });
    }
  });

  it("O12 parts of composed conditions are taken out and put in by name", () => {
    expect(
      expand(parseCondition('eager.without(in_latest_time_window).replace(any_deps_updated, signal("x"))')).text,
    ).toBe(
      '(newly_missing or signal("x")).since(handled) and not any_deps_missing and not any_deps_in_progress and not in_progress',
    );
    expect(expand(parseCondition("on_missing.replace(any_deps_missing, any_deps_in_progress)")).text).toBe(
      "in_latest_time_window and missing.newly_true().since(handled) and not any_deps_in_progress",
    );
  });

  it("O7 a selection passes down through and, or and since, not into another condition on dependencies", () => {
    expect(
      expand(parseCondition("(any_deps(any_deps(missing)) and missing.since(all_deps(missing))).allow(A).allow(B)"))
        .text,
    ).toBe("any_deps(any_deps(missing)).allow(A or B) and missing.since(all_deps(missing).allow(A or B))");
  });

  it("what is printed is read back as the same", () => {
    fc.assert(
      fc.property(conditions, (condition) => {
        expect(parseCondition(printCondition(condition))).toEqual(condition);
      }),
    );
  });

  it("is refused in linear time when it is deep or long", () => {
    for (const text of [
      "not ".repeat(101) + "missing",
      `${"(".repeat(101)}missing${")".repeat(101)}`,
      `missing${".newly_true()".repeat(101)}`,
    ])
      expect(catchError(() => parseCondition(text)).message).toMatch(
        /^it is nested over 100 deep at column \d+; make it flatter$/,
      );
    expect(catchError(() => parseCondition("missing or ".repeat(2000))).message).toBe(
      "a condition has at most 16384 characters, not 22000; write it shorter",
    );
  });
});

const selections: fc.Arbitrary<Selection> = fc.oneof(
  fc.constantFrom("A", "sales/orders", "n/a*").map((pattern): Selection => ({ type: "key", pattern })),
  fc.constant<Selection>({ type: "tag", name: "core", value: "x)(" }),
  fc.constant<Selection>({ type: "regex", source: "a[(]b" }),
  fc.constant<Selection>({
    type: "or",
    of: [
      { type: "key", pattern: "A" },
      { type: "attribute", name: "group", value: "bar" },
    ],
  }),
);

const { condition: conditions } = fc.letrec<{ condition: Condition; leaf: Condition }>((tie) => {
  const inner = tie("condition");
  const cron = { cron: "0 6 * * *", timezone: "Europe/Berlin" };
  return {
    leaf: fc.oneof(
      fc.constantFrom(...Object.keys(operands)).map((name) => parseCondition(name)),
      fc.constantFrom(...Object.keys(compositions)).map((name) => parseCondition(name)),
      fc.constantFrom<Condition>(
        { type: "cron_tick_passed", ...cron, timezone: null },
        { type: "cron_composition", name: "on_cron", ...cron },
        { type: "in_latest_time_window", lookbackMs: 90_000_000 },
        { type: "executed_with_tags", tags: { 'a "b"': "c\\", d: null } },
        { type: "signal", name: "a) or (b" },
        { type: "any_downstream_conditions" },
      ),
    ),
    condition: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc
        .tuple(fc.constantFrom("not", "newly_true", "any_deps", "all_deps", "any_job_roots", "all_job_roots"), inner)
        .map(([type, of]): Condition => ({ type, of })),
      fc
        .tuple(fc.constantFrom("and", "or"), fc.array(inner, { minLength: 2, maxLength: 3 }))
        .map(([type, of]): Condition => ({ type, of })),
      fc.tuple(inner, inner).map(([of, reset]): Condition => ({ type: "since", of, reset })),
      fc
        .tuple(fc.constantFrom("any_checks", "all_checks"), inner, fc.boolean())
        .map(([type, of, blockingOnly]): Condition => ({ type, of, blockingOnly })),
      inner.map((of): Condition => ({ type: "asset_matches", key: "sales/orders", of })),
      inner.map((of): Condition => ({ type: "label", of, label: "l" })),
      fc
        .tuple(fc.constantFrom("allow", "ignore"), inner, selections)
        .map(([type, of, selection]): Condition => ({ type, of: { type: "any_deps", of }, selection })),
      inner.map((of): Condition => ({
        type: "replace",
        of: { type: "newly_true", of: { type: "label", of, label: "x y" } },
        what: "x y",
        by: of,
      })),
    ),
  };
});

function catchError(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
