import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, messageOf } from "../../../cells/errors.ts";
import { automationGraphOf } from "../../../cells/automation/from-workspace.ts";
import type { AutomationFact } from "../../../cells/automation/events.ts";
import type { AutomationGraph } from "../../../cells/automation/graph.ts";
import { simulate as play } from "../../../cells/automation/simulate.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import { problemOfKey } from "../../../cells/partition/space.ts";
import { nearest } from "../../../cells/model/nearest.ts";
import { automatedJobs } from "../../jobs/automated-jobs.ts";
import { readWorkspaceConfig } from "../../workspace/workspace-config.ts";
import { type Command, needed } from "../command.ts";
import { mappingAnswers } from "../mapping-answers.ts";
import { readSimulationFile, type SimulationFile } from "../simulation-file.ts";
import { counted, formatTime } from "../table.ts";
import { readCatalog } from "./inspect.ts";

/** `cellar simulate FILE`: pure, over the notebooks as their files are; needs no write access and no server. */
export const simulate: Command = {
  name: "simulate",
  usage: "FILE",
  about:
    'play a made-up story against the notebooks\' conditions: what would be requested when, and why. FILE is JSON, {"start": "2026-01-31T09:00:00Z", "end": "+1d", "runsTake": "5m", "automation": {"sales/report": "eager"}, "events": [{"at": "+2m", "type": "materialized", "key": "sales/orders"}]}, or (.jsonl) one event a line; which events there are, cells/automation/README.md says',
  options: {},
  async run({ args, around, directory, json, say, document }) {
    const name = needed(
      args.positionals[0],
      "cellar simulate needs a file with events, as in cellar simulate story.json; --help shows one",
    );
    const text = await readFile(resolve(around.cwd, name), "utf8").catch((cause: NodeJS.ErrnoException) => {
      throw new AppError("usage", `${name} cannot be read (${cause.code ?? cause.message}); give the path of a file`, {
        cause,
      });
    });
    const file = readSimulationFile(name, text);
    const catalog = await readCatalog(directory);
    const graphs = catalog.entries().flatMap((entry) => (entry.type === "notebook" ? [entry.graph] : []));
    const workspace = buildWorkspace(graphs);
    const { config } = await readWorkspaceConfig(directory);
    const open = await mappingAnswers(workspace, file.simulation.end);
    const graph = automationGraphOf(workspace, { ...open, jobs: automatedJobs(config.jobs, workspace) });
    checkKeys(graph, file);
    const evaluations = playFile(graph, file).map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest }));
    if (json) document({ evaluations });
    for (const { at, requested, waiting } of evaluations) {
      say(formatTime(Date.parse(at)));
      for (const { key, sentence } of requested) say(`  ${key}: ${sentence}`);
      for (const { key, sentence } of waiting) say(`  ${key}: ${sentence}`);
      if (requested.length + waiting.length === 0) say("  no condition minds it");
    }
    const count = evaluations.reduce((sum, { requested }) => sum + requested.length, 0);
    say(`${counted(evaluations.length, "instant")}, ${counted(count, "request")}`);
    return 0;
  },
};

/** Says of a key that no asset has where it stands, before the story is played without it. */
function checkKeys(graph: AutomationGraph, { simulation, automation, placed }: SimulationFile): void {
  const check = (key: string, place: string) => {
    if (graph.targets.has(key)) return;
    const name = key.slice(key.lastIndexOf("/") + 1);
    const keys = [...graph.targets.keys()];
    const near = keys.find((known) => known.endsWith(`/${name}`)) ?? nearest(key, keys) ?? keys[0];
    throw new AppError(
      "usage",
      placed(
        `${place} ${place === "automation" ? "has" : "is"} ${JSON.stringify(key)}, which no stored asset has; write ${near === undefined ? "the key of one (the workspace has none)" : `a key as ${near}`}`,
      ),
    );
  };
  for (const key of Object.keys(automation)) check(key, `automation`);
  for (const [i, { at, fact }] of simulation.events.entries()) {
    const isListed = "targets" in fact;
    for (const [key, partitions] of partitionsOf(fact)) {
      check(key, `events[${i}].${isListed ? "targets" : "key"}`);
      const wrong = problemOfPartitions(graph, key, partitions, at);
      if (wrong === null) continue;
      throw new AppError("usage", placed(`events[${i}].${isListed ? "targets" : "partitions"} of ${key}: ${wrong}`));
    }
  }
}

/** The keys that an event is about, with the partitions that it names of each. */
function partitionsOf(fact: AutomationFact): readonly (readonly [key: string, partitions: readonly string[]])[] {
  const named = (partitions: unknown) =>
    Array.isArray(partitions) ? partitions.filter((partition) => typeof partition === "string") : [];
  if ("targets" in fact) return Object.entries(fact.targets).map(([key, partitions]) => [key, named(partitions)]);
  if (!("key" in fact) || fact.key === null) return [];
  return [[fact.key, "partitions" in fact ? named(fact.partitions) : []]];
}

/** What is wrong with the first of some partitions that a target does not have at an instant, or null. */
function problemOfPartitions(
  graph: AutomationGraph,
  key: string,
  partitions: readonly string[],
  at: number,
): string | null {
  const cut = graph.targets.get(key)?.cut;
  if (cut === undefined) return null;
  const space = cut.spaceAt(at);
  for (const partition of partitions) {
    if (cut.hasPartitions && partition === "")
      return 'it has partitions; name those that the event is about, as "partitions": ["KEY"]';
    const problem = problemOfKey(space, partition);
    if (problem !== null) return problem;
  }
  return null;
}

function playFile(graph: AutomationGraph, { simulation, automation, placed }: SimulationFile) {
  try {
    return play(graph, automation, simulation);
  } catch (error) {
    if (error instanceof AppError && error.code === "attribute_invalid")
      throw new AppError("usage", placed(`automation: ${messageOf(error)}`), { cause: error });
    throw error;
  }
}
