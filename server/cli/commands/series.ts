import { type Command, needed, wholeOf } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

/** `cellar series`: a figure of an asset over time. */
export const series: Command = {
  name: "series",
  usage: "KEY [NAME]",
  about:
    "a figure of an asset over time: rows, bytes, ms, nulls(column), or a number that meta told; without NAME, which there are",
  options: {
    partition: { type: "string", value: "KEY", about: "of this partition alone" },
    limit: { type: "string", value: "N", about: "of the newest so many materializations (1000)" },
  },
  async run({ args, connect, json, say, document }) {
    const [first, name] = args.positionals;
    const key = needed(first, "cellar series needs the key of an asset, as in cellar series sales/orders rows");
    const limit = wholeOf("limit", args.text("limit"));
    const partition = args.text("partition");
    await using connection = await connect();
    const { names, points } = await connection.call("series", {
      key,
      ...(name === undefined ? {} : { name }),
      ...(partition === undefined ? {} : { partition }),
      ...(limit === undefined ? {} : { limit }),
    });
    if (json) document(name === undefined ? { names } : { name, points });
    say(
      name === undefined
        ? formatTable(
            ["figure", "last", "points"],
            names.map((figure) => [figure.name, String(figure.last), String(figure.points)]),
          )
        : formatTable(
            ["when", name, "partition"],
            points.map(({ at, value, partition: slice }) => [formatTime(at), String(value), slice ?? ""]),
          ),
    );
    return 0;
  },
};
