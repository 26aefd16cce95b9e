import { AppError } from "../../../cells/errors.ts";
import type { EvaluationReport } from "../../../cells/automation/report.ts";
import { type Command, noMore, onlyBeside, wholeOf } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

/** `cellar automation`: how conditions stand, what they asked for, pausing and resuming. */
export const automation: Command = {
  name: "automation",
  usage: "[KEY]",
  about: "what is materialized by itself: how each condition stands, and why; of one asset also what it decided before",
  options: {
    pause: { type: "string", value: "KEY", about: "leave an asset or a whole notebook alone until it is resumed" },
    resume: { type: "string", value: "KEY", about: "begin anew: what happened meanwhile does not set it off" },
    tree: { type: "boolean", value: "", about: "every condition in it, and where it is true" },
    limit: { type: "string", value: "N", about: "so many decisions of before (20)" },
  },
  async run({ args, at, connect, json, say, document }) {
    const [pause, resume] = [args.text("pause"), args.text("resume")];
    if (pause !== undefined && resume !== undefined)
      throw new AppError("usage", "--pause and --resume are two commands; give one of them");
    const [key] = args.positionals;
    const limit = wholeOf("limit", args.text("limit"));
    for (const action of ["pause", "resume"] as const)
      if (args.text(action) !== undefined) {
        onlyBeside(args, `--${action}`, []);
        noMore(args.positionals, `automation --${action} KEY`);
      }
    if (limit !== undefined && key === undefined)
      throw new AppError(
        "usage",
        "--limit goes with the decisions of one asset, as in cellar automation sales/orders --limit 10",
      );
    await using connection = await connect();
    const name = pause ?? resume;
    if (name !== undefined) {
      const paused = pause !== undefined;
      const { changed } = await connection.call("pauseAutomation", { name, paused });
      if (json) document({ name, paused, changed });
      say(`${name} ${changed ? "is" : "was already"} ${paused ? "paused" : "running"}`);
      return 0;
    }
    const { assets } = await connection.call("automation", {
      ...(key === undefined ? {} : { key }),
      ...(at === null ? {} : { at: new Date(at).toISOString() }),
    });
    const [only] = assets;
    const { evaluations } =
      key === undefined || only === undefined || assets.length > 1
        ? { evaluations: [] }
        : await connection.call("evaluations", { key: only.key, ...(limit === undefined ? {} : { limit }) });
    if (json) document(key === undefined ? { assets } : { assets, evaluations });
    if (assets.length === 0) say('nothing is automated; automation="eager" on a cell makes it so');
    else
      say(
        formatTable(
          ["asset", "automation", "stands"],
          assets.map(({ key: asset, automation: text, sentence }) => [asset, text, sentence]),
        ),
      );
    if (args.flag("tree"))
      for (const { key: asset, tree } of assets) {
        say(`\n${asset}`);
        if (tree !== null) sayTree(tree as EvaluationReport, asset, 1, say);
      }
    if (evaluations.length > 0)
      say(
        `\n${formatTable(
          ["when", "times", "run", "decided"],
          evaluations.map(({ at: when, count, run, backfill, sentence, problem }) => [
            formatTime(when),
            String(count),
            run ?? (backfill === null ? "" : `backfill ${backfill}`),
            problem === null ? sentence : `${sentence}; no run: ${problem}`,
          ]),
        )}`,
      );
    return 0;
  },
};

function sayTree(node: EvaluationReport, asset: string, depth: number, say: (line: string) => void): void {
  const of = node.key === asset ? "" : ` of ${node.key}`;
  const where =
    node.partitions.length > 0
      ? ` (${node.partitions.join(", ")}${node.count > node.partitions.length ? ", …" : ""})`
      : "";
  say(`${"  ".repeat(depth)}${node.isTrue ? "true " : "false"} ${node.text}${of}${where}`);
  for (const child of node.children) sayTree(child, asset, depth + 1, say);
}
