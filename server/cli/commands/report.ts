import { type Command, needed } from "../command.ts";
import { follow, resultOf, summary } from "./run-options.ts";
import { partition } from "./inspect.ts";

export const report: Command = {
  name: "report",
  usage: "KEY",
  about: "take a file that another program made as an asset's rows: checked and kept as computed ones are",
  options: {
    file: { type: "string", value: "FILE", about: "a file of the workspace: Parquet, Arrow, CSV, TSV or JSON" },
    partition,
  },
  async run({ args, connectToWork, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar report needs the key of an asset, as in cellar report sales/orders --file exports/orders.parquet",
    );
    const file = needed(args.text("file"), "cellar report needs --file FILE, a file of the workspace with the rows");
    const slice = args.text("partition");
    await using connection = await connectToWork();
    const started = await connection.call("report", {
      key,
      file,
      ...(slice === undefined ? {} : { partition: slice }),
    });
    const ended = await follow(connection, started.run, say);
    if (json) document(resultOf(ended));
    say(summary(ended));
    return ended.state === "succeeded" ? 0 : 1;
  },
};
