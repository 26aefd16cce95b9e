import { type Command, needed } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";
import { partition } from "./inspect.ts";
import { connectToRun, finish, param, paramsOf, priority, priorityOf, tag, tagsOf } from "./run-options.ts";

export const jobs: Command = {
  name: "jobs",
  usage: "",
  about: "list the jobs of cellar.json",
  options: {},
  async run({ connect, json, say, document }) {
    await using connection = await connect();
    const { jobs: found } = await connection.call("jobs", {});
    if (json) document({ jobs: found });
    say(
      formatTable(
        ["job", "selection", "when", "next tick", "about"],
        found.map(({ name, select, crons, automation, nextTick, description, problem }) => [
          name,
          select === "" ? "*" : select,
          [...crons, ...(automation === null ? [] : [automation])].join("; "),
          formatTime(nextTick),
          problem ?? description ?? "",
        ]),
      ),
    );
    return 0;
  },
};

export const job: Command = {
  name: "job",
  usage: "NAME",
  about: "run a job of cellar.json now, and wait until it is done",
  options: {
    partition,
    param,
    tag,
    priority,
    force: { type: "boolean", value: "", about: "compute even where nothing changed" },
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
  },
  async run(context) {
    const { args } = context;
    const name = needed(args.positionals[0], "cellar job needs the name of a job; cellar jobs lists them");
    const chosen = args.text("partition");
    await using connection = await connectToRun(context);
    const started = await connection.call("runJob", {
      name,
      params: paramsOf(args.texts("param")),
      tags: tagsOf(args.texts("tag")),
      force: args.flag("force"),
      ...priorityOf(args.text("priority")),
      ...(chosen === undefined ? {} : { partition: chosen }),
    });
    return await finish(connection, started, context);
  },
};
