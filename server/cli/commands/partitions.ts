import { type Command, needed } from "../command.ts";

const most = 1_000_000;

export const partitions: Command = {
  name: "partitions",
  usage: "KEY",
  about: "the partitions of an asset, and how many of them stand how",
  options: { all: { type: "boolean", value: "", about: "every key (the first 1000)" } },
  async run({ args, at, connect, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar partitions needs the key of an asset, as in cellar partitions sales/orders",
    );
    await using connection = await connect();
    const { count, keys, status } = await connection.call("partitions", {
      key,
      ...(args.flag("all") ? { limit: most } : {}),
      ...(at === null ? {} : { at: new Date(at).toISOString() }),
    });
    if (json) document({ count, keys, status });
    for (const one of keys) say(one);
    const counts = Object.entries(status).filter(([, number]) => number > 0);
    const left = count > keys.length ? `; the first ${keys.length} are listed, --all lists every one` : "";
    say(`${count} partitions: ${counts.map(([name, number]) => `${number} ${name}`).join(", ") || "none yet"}${left}`);
    return 0;
  },
};
