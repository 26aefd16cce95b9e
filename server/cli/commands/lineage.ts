import type { OutputOf } from "../../../cells/api/routes.ts";
import type { Command } from "../command.ts";
import { formatTable } from "../table.ts";
import { atOf, branch, optional, select } from "./inspect.ts";

type Report = OutputOf<"lineage">;

export const lineage: Command = {
  name: "lineage",
  usage: "",
  about: "assets and files with what they are made of, their columns too",
  options: {
    select,
    branch,
    run: { type: "string", value: "ID", about: "as it was at the end of a run" },
    columns: { type: "boolean", value: "", about: "where each column comes from" },
    column: {
      type: "string",
      value: "COLUMN",
      about: "what one column is made of and goes into, as sales/orders.price",
    },
  },
  async run({ args, at, connect, json, say, document }) {
    await using connection = await connect();
    const report = await connection.call("lineage", {
      select: args.text("select") ?? "",
      ...(args.flag("columns") ? { columns: "true" } : {}),
      ...optional("column", args.text("column")),
      ...optional("run", args.text("run")),
      ...optional("branch", args.text("branch")),
      ...atOf(at),
    });
    if (json) document(report);
    if (report.trace !== undefined) for (const line of traceLines(report.trace)) say(line);
    else if (report.columns !== undefined)
      for (const own of report.columns) for (const line of columnLines(own)) say(line);
    else {
      for (const { from, to } of report.edges as { from: string; to: string }[]) say(`${from} → ${to}`);
      say(`${report.nodes.length} nodes, ${report.edges.length} edges`);
    }
    return 0;
  },
};

function columnLines({ key, columns, rows, unknown }: NonNullable<Report["columns"]>[number]): readonly string[] {
  const said = (from: readonly { id: string; column: string | null; use: string }[]) =>
    Array.from(
      Map.groupBy(from, ({ id, column }) => `${id}.${column ?? "*"}`),
      ([name, uses]) => `${name} (${uses.map(({ use }) => use.replace("_", " ")).join(", ")})`,
    ).join(", ");
  if (unknown !== null) return [`${key}: unknown, ${unknown}`];
  const lines = (columns ?? []).map(({ name, type, from }) => [
    `  ${name}`,
    type,
    from.length === 0 ? "" : `← ${said(from)}`,
  ]);
  const table = formatTable([key, "", ""], lines);
  return rows.length === 0 ? [table] : [table, `  rows are decided by ${said(rows)}`];
}

function traceLines({ id, column, upstream, downstream }: NonNullable<Report["trace"]>): readonly string[] {
  const list = (found: typeof upstream) =>
    found.map(({ id: of, column: name, how, distance }) => `${"  ".repeat(distance)}${of}.${name ?? "*"} (${how})`);
  return [
    `${id}.${column}`,
    upstream.length === 0 ? "comes from nothing that is read" : "comes from",
    ...list(upstream),
    downstream.length === 0 ? "goes into nothing" : "goes into",
    ...list(downstream),
  ];
}
