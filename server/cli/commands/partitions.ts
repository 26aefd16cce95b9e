import { AppError } from "../../../cells/errors.ts";
import { type Command, type Connection, needed, onlyBeside } from "../command.ts";
import { counted } from "../table.ts";

const most = 1_000_000;

export const partitions: Command = {
  name: "partitions",
  usage: "KEY",
  about:
    "the partitions of an asset, and how many of them stand how; keys of dynamic ones by their name, added and removed",
  options: {
    all: { type: "boolean", value: "", about: "every key (the first 1000)" },
    add: {
      type: "string",
      multiple: true,
      value: "K",
      about: 'add a key to dynamic partitions; KEY is their name (partitions="dynamic NAME") or an asset that has them',
    },
    remove: { type: "string", multiple: true, value: "K", about: "take a key of dynamic partitions away" },
  },
  async run({ args, at, connect, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar partitions needs the key of an asset, as in cellar partitions sales/orders",
    );
    const [add, remove] = [args.texts("add"), args.texts("remove")];
    const both = add.find((one) => remove.includes(one));
    if (both !== undefined)
      throw new AppError("usage", `${JSON.stringify(both)} is to be added and removed; say one of the two`);
    if (add.length + remove.length > 0) onlyBeside(args, `--${add.length > 0 ? "add" : "remove"}`, ["add", "remove"]);
    await using connection = await connect();
    if (add.length + remove.length > 0) {
      const changed = await changeKeys(connection, key, add, remove);
      if (json) document(changed);
      say(sayChange(changed));
      return 0;
    }
    if (!key.includes("/")) {
      const found = await connection.call("dynamicPartitions", { name: key });
      if (json) document(found);
      for (const one of found.keys) say(one);
      say(`${found.name}: ${counted(found.keys.length, "key")}`);
      return 0;
    }
    const { count, keys, status, note } = await connection.call("partitions", {
      key,
      ...(args.flag("all") ? { limit: most } : {}),
      ...(at === null ? {} : { at: new Date(at).toISOString() }),
    });
    if (json) document({ count, keys, status, ...(note === undefined ? {} : { note }) });
    for (const one of keys) say(one);
    const counts = Object.entries(status).filter(([, number]) => number > 0);
    const left = count > keys.length ? `; the first ${keys.length} are listed, --all lists every one` : "";
    say(
      `${counted(count, "partition")}: ${counts.map(([name, number]) => `${number} ${name}`).join(", ") || "none yet"}${left}`,
    );
    if (note !== undefined) say(note);
    return 0;
  },
};

function changeKeys(connection: Connection, name: string, add: readonly string[], remove: readonly string[]) {
  return connection.call("changePartitions", { name, add: [...add], remove: [...remove] });
}

function sayChange({ name, added, removed, count }: Awaited<ReturnType<typeof changeKeys>>): string {
  const parts = [
    ...(added.length > 0 ? [`added ${added.join(", ")}`] : []),
    ...(removed.length > 0 ? [`removed ${removed.join(", ")}`] : []),
  ];
  return `${name}: ${parts.join("; ") || "nothing changed"}; it has ${counted(count, "key")}`;
}
