import { AppError } from "../../../cells/errors.ts";
import { type Command, needed } from "../command.ts";
import { optional, partition } from "./inspect.ts";

/** `cellar signal`: what another program says to conditions. */
export const signal: Command = {
  name: "signal",
  usage: "NAME",
  about: 'say what conditions ask with signal("NAME"): true for this moment, or until it is taken back',
  options: {
    key: { type: "string", value: "KEY", about: "of this asset only (of everything that asks)" },
    partition: { ...partition, about: "of these partitions of KEY: one, or a range A..B (all)" },
    on: { type: "boolean", value: "", about: "from now on, until --off" },
    off: { type: "boolean", value: "", about: "no longer" },
  },
  async run({ args, connect, json, say, document }) {
    const name = needed(args.positionals[0], "cellar signal needs a name, as in cellar signal delivered");
    const [on, off] = [args.flag("on"), args.flag("off")];
    if (on && off) throw new AppError("usage", "--on and --off are opposites; give one of them");
    await using connection = await connect();
    const { seq } = await connection.call("signal", {
      name,
      ...optional("key", args.text("key")),
      ...optional("partition", args.text("partition")),
      value: on ? true : off ? false : "once",
    });
    if (json) document({ name, seq });
    const taken = connection.remote ? "" : "; the next server takes it in";
    say(`signal ${name} is ${on ? "on" : off ? "off" : "given"} (event ${seq})${taken}`);
    return 0;
  },
};
