import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeArrow } from "../../../cells/data/arrow.ts";
import { formatValue } from "../../../cells/data/format-value.ts";
import { type Command, needed, wholeOf } from "../command.ts";
import { formatTable } from "../table.ts";

export const query: Command = {
  name: "query",
  usage: "SQL",
  about: "ask stored assets (FROM sales.orders) and the log (FROM cellar.events, cellar.runs) in SQL",
  options: {
    notebook: { type: "string", value: "PATH", about: "its assets can be named without a schema" },
    limit: { type: "string", value: "N", about: "rows at most (1000)" },
  },
  async run({ args, connect, json, say, document }) {
    const sql = needed(
      args.positionals[0],
      'cellar query needs a query, as in cellar query "SELECT type, count(*) FROM cellar.events GROUP BY type"',
    );
    const limit = wholeOf("limit", args.text("limit")) ?? "1000";
    const notebook = args.text("notebook");
    await using connection = await connect();
    const folder = await mkdtemp(join(tmpdir(), "cellar-query-"));
    try {
      const file = join(folder, "rows.arrows");
      await connection.download("query", { sql, limit, ...(notebook === undefined ? {} : { notebook }) }, file);
      const table = decodeArrow(new Uint8Array(await readFile(file)));
      const rows = table.toArray();
      const names = table.schema.fields.map(({ name }) => name);
      if (json)
        document({ rows: rows.map((row) => Object.fromEntries(names.map((name) => [name, plain(row[name])]))) });
      else {
        // in a column with times of day, midnight is one of them
        const timed = new Set(names.filter((name) => rows.some((row) => isTimed(row[name]))));
        const textOf = (name: string, value: unknown) =>
          timed.has(name) && value instanceof Date && !isTimed(value)
            ? `${formatValue(value)} 00:00:00`
            : formatValue(value);
        say(
          formatTable(
            names,
            rows.map((row) => names.map((name) => textOf(name, row[name]))),
          ),
        );
      }
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function isTimed(value: unknown): boolean {
  return value instanceof Date && value.getTime() % 86_400_000 !== 0;
}

/** A value as JSON can say it: whole numbers that a double does not hold are text. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
}
