import { AppError } from "../../../cells/errors.ts";
import { type Command, needed } from "../command.ts";

export const wipe: Command = {
  name: "wipe",
  usage: "KEY",
  about: "take an asset from its readers, as if it was never materialized; its history stays",
  options: {
    partition: { type: "string", value: "K", about: "only these partitions: K, A..B or *" },
    yes: { type: "boolean", value: "", about: "yes, do it" },
  },
  async run({ args, connect, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar wipe needs the key of an asset, as in cellar wipe sales/orders --yes",
    );
    const partition = args.text("partition");
    if (!args.flag("yes"))
      throw new AppError(
        "usage",
        `it would take ${partition === undefined ? key : `${partition} of ${key}`} from all its readers; say --yes to do it`,
      );
    await using connection = await connect();
    const { wiped } = await connection.call("wipe", { key, ...(partition === undefined ? {} : { partition }) });
    if (json) document({ wiped });
    say(wiped === 0 ? `${key} had no data` : `${key}: ${wiped === 1 ? "wiped" : `${wiped} partitions wiped`}`);
    return 0;
  },
};
