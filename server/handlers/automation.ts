import { AppError } from "../../cells/errors.ts";
import { toReport } from "../../cells/automation/report.ts";
import { subsetCount } from "../../cells/partition/subset.ts";
import { sayTime } from "../../cells/staleness/reason.ts";
import type { Hold } from "../automation/automation-graph.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { timeOf } from "./time.ts";

const usualEvaluations = 20;
const mostEvaluations = 1000;

/** Conditions: how they stand, what was decided before, and pausing them. */
export function automationHandlers({
  automation,
  store,
  clock,
}: OpenWorkspace): Pick<Handlers, "automation" | "evaluations" | "pauseAutomation"> {
  return {
    async automation({ key, at }) {
      const now = at === undefined ? clock.now() : timeOf(at);
      const { served, evaluation } = await automation.preview(now);
      const latest = await store.latestEvaluations();
      const keys = [...served.conditions.keys()].filter((name) => key === undefined || matches(name, key));
      if (keys.length === 0 && key !== undefined) throw unknownTarget(key);
      return {
        assets: keys.map((name) => {
          const hold = served.held.get(name) ?? null;
          const now = evaluation?.evaluations.get(name);
          const last = latest.get(name);
          return {
            key: name,
            automation: served.conditions.get(name) ?? "",
            held: hold?.type ?? null,
            sentence: hold !== null ? sayHold(hold, clock.now()) : (now?.say() ?? "waiting: nothing was evaluated yet"),
            requested: hold !== null || now === undefined ? 0 : subsetCount(now.requested),
            tree: hold !== null || now === undefined ? null : toReport(now.tree()),
            evaluatedAt: last?.lastAt ?? null,
          };
        }),
      };
    },
    async evaluations({ key, limit, before }) {
      const { served } = await automation.preview(clock.now());
      const evaluations = await store.evaluations({
        asset: key,
        limit: Math.min(Number(limit ?? usualEvaluations), mostEvaluations),
        ...(before === undefined ? {} : { before: Number(before) }),
      });
      if (evaluations.length === 0 && !served.conditions.has(key)) throw unknownTarget(key);
      return { evaluations: evaluations.map(({ tree, ...rest }) => ({ ...rest, tree: JSON.parse(tree) as unknown })) };
    },
    async pauseAutomation({ name, paused }) {
      const { served } = await automation.preview(clock.now());
      const isKnown =
        (await store.pauses()).has(name) || [...served.conditions.keys()].some((key) => matches(key, name));
      if (!isKnown) throw unknownTarget(name);
      const changed = await store.setPause(name.replace(/\.html$/, ""), paused, clock.now());
      await automation.look();
      return { changed };
    },
  };
}

/** Whether a name means a target: its key, or its notebook. */
function matches(key: string, name: string): boolean {
  return key === name || key.replace(/^check:/, "").startsWith(`${name.replace(/\.html$/, "")}/`);
}

function sayHold(hold: Hold, now: number): string {
  return hold.type === "unpublished"
    ? "left alone: its notebook is not published"
    : `paused since ${sayTime(hold.at, { timezone: "UTC", now })}${hold.name.includes("/") ? "" : ` with ${hold.name}`}`;
}

function unknownTarget(name: string): AppError {
  return new AppError(
    "asset_not_found",
    `nothing named ${JSON.stringify(name)} is automated; cellar automation lists what is, and automation="eager" on a cell makes it so`,
    { data: { key: name } },
  );
}
