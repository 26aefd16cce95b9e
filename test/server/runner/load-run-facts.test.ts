import fc from "fast-check";
import { expect, test } from "vitest";
import { keysOf } from "../../../cells/partition/space.ts";
import { spacesOf } from "../../../cells/plan/spaces.ts";
import { loadRunFacts } from "../../../server/runner/load-run-facts.ts";
import { RunFacts } from "../../../server/runner/run-facts.ts";
import { surroundingsOf } from "../../../server/runner/step-request.ts";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const daily = 'partitions="daily from=2026-01-01 to=2026-01-08"';
const files = {
  "a.html": notebook(
    [
      ["sql", 'output="events"', "SELECT 1 AS n"],
      ["sql", `output="day" ${daily} expect="unique(n); relationship(n, events.n)"`, "SELECT n FROM events"],
      ["sql", 'output="seen" store="view"', "SELECT * FROM day"],
      ["js", "", "const first = day"],
      ["sql", `output="week" ${daily} upstream="seen: last 3"`, "SELECT count(*) AS n FROM seen"],
      ["sql", `output="total" ${daily} upstream="total: offset -1"`, "SELECT count(*) AS n FROM total, day"],
      ["sql", 'output="all_days"', "SELECT count(*) AS n FROM seen"],
      ["js", 'output="looked"', "[{n: first.length}]"],
      ["sql", 'check="all_days"', "SELECT * FROM all_days, week WHERE false"],
      ["js", `output="mapped" ${daily} upstream="day: function back"`, "[{n: day.length}]"],
      ["js", "", "const back = ({start}) => [new Date(+start - 864e5).toISOString().slice(0, 10)]"],
    ],
    'timezone="UTC"',
  ),
  "b.html": notebook([["sql", `output="mirror" ${daily}`, "SELECT * FROM a.day"]], 'timezone="UTC"'),
};

test("what is read of assets with very many partitions is what is read where all were loaded", async () => {
  await using local = await openLocal(files);
  const { open } = local;
  const { workspace } = await open.planner.effective();
  await local.call("startBackfill", { select: "a/day or a/total", partition: "2026-01-01..2026-01-06" });
  const { id } = (await local.call("backfills", {})).backfills[0] ?? { id: "" };
  for (;;) {
    const next = Promise.withResolvers<void>();
    const unsubscribe = open.store.onEvents(() => next.resolve());
    const { state } = await local.call("backfill", { id });
    if (state !== "running" && state !== "requested") {
      unsubscribe();
      break;
    }
    await next.promise;
    unsubscribe();
  }
  const now = open.clock.now();
  const spaceOf = spacesOf(workspace, { at: now, ...(await open.partitions.open(workspace, now)) });
  const whole = new RunFacts(workspace, spaceOf, await open.store.pointers());
  const nodes = [...workspace.assets.values()].filter(({ storage }) => storage !== "virtual");
  const told = async (facts: RunFacts, node: (typeof nodes)[number], partition: string) => {
    const checks = (workspace.checks.get(node.key) ?? []).map((check) => check.node);
    return {
      own: facts.latest(node.key, partition)?.seq,
      read: [node, ...checks].map(({ sources, key: _key, ...reader }) =>
        sources.map((source) =>
          source.type === "asset"
            ? facts
                .readBy({ ...reader, sources, key: _key }, source.key, partition)
                .map((slice) => [source.key, slice, facts.latest(source.key, slice)?.seq])
            : null,
        ),
      ),
      versions: node.sources.map((source) => facts.versionOf(node, source, partition)),
      files: await surroundingsOf(workspace, node, partition, facts, open.lake, open.files).catch(
        (error: Error) => error.message,
      ),
    };
  };
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(nodes, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 1, max: 3 }),
      async (some, from, count) => {
        const readings = some.map((node) => ({
          node,
          partitions: node.options.partitions === null ? [""] : [...keysOf(spaceOf(node))].slice(from, from + count),
        }));
        const facts = await loadRunFacts({ store: open.store, workspace, spaceOf, most: 0 }, readings);
        for (const { node, partitions } of readings)
          for (const partition of partitions)
            expect(await told(facts, node, partition)).toEqual(await told(whole, node, partition));
      },
    ),
    { numRuns: 60 },
  );
});
