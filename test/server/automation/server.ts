import { type OpenWorkspace, openWorkspace } from "../../../server/open-workspace.ts";
import type { SettableClock } from "../../support/clock.ts";
import { type LocalWorkspace, ownerCall, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

export const minute = 60_000;
export const start = Date.UTC(2026, 0, 31, 9, 0, 0);

/** A server whose automation is looked at, and carries out what it decided. */
interface Server extends AsyncDisposable {
  readonly open: OpenWorkspace;
  readonly reported: unknown[];
  readonly call: LocalWorkspace["call"];
  /** Runs a selection by hand and waits for its end. */
  run(select: string): Promise<string>;
  /** Looks, and carries out what was decided. */
  look(): Promise<void>;
  /** selections of the runs that automation made, oldest first, without `key:` and quotes */
  decided(): Promise<readonly string[]>;
}

/** Opens the folder with its clock standing still. */
export async function serverAt(path: string, clock: SettableClock): Promise<Server> {
  const reported: unknown[] = [];
  const open = await openWorkspace(path, { clock, report: (error) => reported.push(error) });
  const call = ownerCall(open);
  const automated = async () =>
    (await open.store.runs({ limit: 1000 })).filter(({ trigger }) => trigger.type === "automation").toReversed();
  return {
    open,
    reported,
    call,
    async run(select) {
      const { run } = await call("startRun", { select });
      await runEnded(open, run);
      return run;
    },
    async look() {
      await open.automation.look();
      for (const { id } of await automated()) await runEnded(open, id);
    },
    decided: async () => (await automated()).map(({ selection }) => selection.replace(/key:|"/g, "")),
    [Symbol.asyncDispose]: () => open.close(),
  };
}

/** An asset, and one that reads it and has a condition. */
export const chain = (automation: string) =>
  notebook([
    ["sql", 'output="orders"', "SELECT 1 AS x"],
    ["sql", `output="report" automation="${automation}"`, "SELECT sum(x) AS total FROM orders"],
  ]);
