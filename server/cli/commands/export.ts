import { resolve } from "node:path";
import { AppError } from "../../../cells/errors.ts";
import { type Command, needed } from "../command.ts";
import { counted, formatBytes } from "../table.ts";
import { branch, partition } from "./inspect.ts";

const formats = ["parquet", "arrow", "arrow-stream", "csv", "json"] as const;

export const exportAsset: Command = {
  name: "export",
  usage: "KEY",
  about: "write an asset to a file",
  options: {
    partition,
    branch,
    version: { type: "string", value: "V", about: "a data version of cellar history (the present one)" },
    format: { type: "string", value: "FORMAT", about: "parquet, arrow, arrow-stream, csv or json (parquet)" },
    output: { type: "string", short: "o", value: "FILE", about: "file to write" },
  },
  async run({ args, around, connect, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar export needs the key of an asset, as in cellar export sales/orders -o orders.parquet",
    );
    const file = resolve(around.cwd, needed(args.text("output"), "cellar export needs -o FILE, the file to write"));
    const format = formats.find((name) => name === (args.text("format") ?? "parquet"));
    if (format === undefined)
      throw new AppError(
        "usage",
        `unknown format ${JSON.stringify(args.text("format"))}; choose ${formats.join(", ")}`,
      );
    await using connection = await connect();
    const version = args.text("version");
    const slice = args.text("partition");
    const name = args.text("branch");
    const bytes = await connection.download(
      "data",
      {
        ...{ key, format },
        ...(version === undefined ? {} : { version }),
        ...(slice === undefined ? {} : { partition: slice }),
        ...(name === undefined ? {} : { branch: name }),
      },
      file,
    );
    const { materializations } = await connection.call("history", {
      key,
      ...(slice === undefined ? {} : { partition: slice }),
      ...(name === undefined ? {} : { branch: name }),
    });
    const fact = materializations.find(({ dataVersion, sha256, current }) =>
      version === undefined ? current : dataVersion === version || sha256 === version,
    );
    if (json) document({ file, rows: fact?.rows ?? null, bytes });
    say(`${key} → ${file}: ${fact?.rows == null ? "" : `${counted(fact.rows, "row")}, `}${formatBytes(bytes)}`);
    return 0;
  },
};
