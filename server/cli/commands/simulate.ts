import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, messageOf } from "../../../cells/errors.ts";
import { automationGraphOf } from "../../../cells/automation/from-workspace.ts";
import type { AutomationGraph } from "../../../cells/automation/graph.ts";
import { simulate as play } from "../../../cells/automation/simulate.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
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
  for (const [i, { fact }] of simulation.events.entries())
    if ("key" in fact && fact.key !== null) check(fact.key, `events[${i}].key`);
    else if ("targets" in fact) for (const key of Object.keys(fact.targets)) check(key, `events[${i}].targets`);
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
