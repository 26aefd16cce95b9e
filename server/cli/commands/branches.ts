import type { OutputOf } from "../../../cells/api/routes.ts";
import { AppError } from "../../../cells/errors.ts";
import { type Command, type Connection, needed, noMore, onlyBeside, wholeOf } from "../command.ts";
import { quote } from "../../../cells/model/quote.ts";
import { formatTable, formatTime } from "../table.ts";
import { optional, partition, select } from "./inspect.ts";
import { finish, paramsOf } from "./run-options.ts";

const actions = "create NAME [PATH…], update, run, diff NAME [KEY], promote, rollback or delete NAME";
const shortRevision = 8;

/** Which options each action reads. */
const options: Readonly<Record<string, readonly string[]>> = {
  ...{ create: ["from-draft"], update: ["from-draft"], diff: ["key", "limit"] },
  run: ["select", "partition", "param", "force"],
  ...{ promote: [], rollback: ["force"], delete: [] },
};

export const branches: Command = {
  name: "branches",
  usage: "",
  about: "list branches: what they change, and what became of them",
  options: {},
  async run({ connect, json, say, document }) {
    await using connection = await connect();
    const { branches: found } = await connection.call("branches", {});
    if (json) document({ branches: found });
    say(
      formatTable(
        ["branch", "made", "notebooks", "own data", "promoted"],
        found.map(({ name, createdAt, notebooks, pointers, promotions }) => [
          name,
          formatTime(createdAt),
          notebooks.map(({ path }) => path).join(" "),
          String(pointers.length),
          promotions
            .map(({ at, rolledBackAt }) => formatTime(at) + (rolledBackAt === null ? "" : " (rolled back)"))
            .join(", "),
        ]),
      ),
    );
    return 0;
  },
};

export const branch: Command = {
  name: "branch",
  usage: "ACTION NAME",
  about: `try a change beside what is published: ${actions}`,
  options: {
    "from-draft": {
      type: "string",
      multiple: true,
      value: "PATH",
      about: "create, update: a notebook to take as its file is (each that differs from what is published)",
    },
    select,
    partition,
    param: { type: "string", multiple: true, value: "NAME=VALUE", about: "run: a param in place of the default" },
    force: { type: "boolean", value: "", about: "run: compute anew; rollback: also where newer data stand" },
    key: {
      type: "string",
      value: "COLUMNS",
      about: "diff: columns by which a row is the same row, as in id or id,day",
    },
    limit: { type: "string", value: "N", about: "diff: sample rows of each kind (5)" },
  },
  async run({ args, connect, connectToWork, json, say, document }) {
    const [action = "", name, ...rest] = args.positionals;
    if (!["create", "update", "run", "diff", "promote", "rollback", "delete"].includes(action))
      throw new AppError(
        "usage",
        `${action === "" ? "what is to be done with which branch?" : `${quote(action)} is no action on branches;`} write cellar branch ${actions}`,
      );
    const branchName = needed(
      name,
      `cellar branch ${action} needs the name of a branch, as in cellar branch ${action} dev`,
    );
    const allowed = options[action];
    if (allowed !== undefined) onlyBeside(args, action, allowed);
    const takes = action === "create" || action === "update" ? Infinity : action === "diff" ? 1 : 0;
    noMore(rest.slice(takes), `branch ${action} NAME${action === "diff" ? " [KEY]" : ""}`);
    await using connection = await (action === "run" ? connectToWork() : connect());
    const paths = [...args.texts("from-draft"), ...(action === "create" || action === "update" ? rest : [])];
    switch (action) {
      case "create":
      case "update": {
        const route = action === "create" ? "createBranch" : "updateBranch";
        const made = await connection.call(route, { name: branchName, ...(paths.length === 0 ? {} : { paths }) });
        if (json) document(made);
        for (const { path, revision, base } of made.notebooks)
          say(
            `${path} at revision ${revision.slice(0, shortRevision)}${base === null ? ", which was never published" : ""}`,
          );
        say(
          `branch ${branchName}: cellar plan --branch ${branchName} says what it changes, cellar branch run ${branchName} computes it`,
        );
        return 0;
      }
      case "run": {
        const started = await connection.call("runBranch", {
          name: branchName,
          ...optional("select", args.text("select")),
          ...optional("partition", args.text("partition")),
          params: paramsOf(args.texts("param")),
          force: args.flag("force"),
        });
        return await finish(connection, started, { args, json, say, document });
      }
      case "diff":
        return await diff(connection, branchName, rest[0], args, { json, say, document });
      case "promote":
        return await told(await connection.call("promoteBranch", { name: branchName }), "is now what is published", {
          json,
          say,
          document,
        });
      case "rollback":
        return await told(
          await connection.call("rollbackBranch", { name: branchName, force: args.flag("force") }),
          "is rolled back: readers see what was before",
          { json, say, document },
        );
      default: {
        await connection.call("deleteBranch", { name: branchName });
        if (json) document({ name: branchName, deleted: true });
        say(`branch ${branchName} is deleted`);
        return 0;
      }
    }
  },
};

interface Printer {
  readonly json: boolean;
  say(line: string): void;
  document(value: unknown): void;
}

function told(report: OutputOf<"promoteBranch">, what: string, { json, say, document }: Printer): number {
  if (json) document(report);
  const [latest] = report.promotions;
  const isBack = latest !== undefined && latest.rolledBackAt !== null;
  for (const [asset, moves] of Map.groupBy(latest?.moves ?? [], (move) => move.asset))
    for (const [isNew, some] of Map.groupBy(moves, ({ from }) => from === null)) {
      const slice =
        some.length > 1 ? ` (${some.length} partitions)` : some[0]?.partition ? ` (${some[0].partition})` : "";
      say(`${asset}${slice}: ${isBack ? (isNew ? "gone again" : "as before") : isNew ? "new" : "other data"}`);
    }
  for (const { path, from } of latest?.revisions ?? [])
    say(`${path}: ${isBack ? (from === null ? "no longer published" : "published as before") : "published"}`);
  say(`branch ${report.name} ${what}`);
  return 0;
}

async function diff(
  connection: Connection,
  name: string,
  key: string | undefined,
  args: { text(name: string): string | undefined },
  { json, say, document }: Printer,
): Promise<number> {
  const limit = wholeOf("limit", args.text("limit"));
  const report = await connection.call("diffBranch", {
    name,
    ...optional("key", key),
    ...optional("id", args.text("key")),
    ...optional("limit", limit),
  });
  if (json) document(report);
  for (const { key: asset, partition: slice, change, reason, data } of report.assets) {
    say(
      `${asset}${slice === "" ? "" : ` (${slice})`}: ${change}${reason === "" || reason === change ? "" : `, ${reason}`}`,
    );
    if (data === null) continue;
    const { rows, samples, differing } = data;
    const names = (list: unknown) => (list as { name: string }[]).map((column) => column.name).join(", ");
    for (const [word, list] of [
      ["new columns", data.columns.added],
      ["columns gone", data.columns.removed],
      ["other types", data.columns.retyped],
    ] as const)
      if (names(list) !== "") say(`  ${word}: ${names(list)}`);
    const changed = rows.changed === null ? "" : `, ${rows.changed} changed`;
    say(`  ${rows.before} → ${rows.after} rows: ${rows.added} added, ${rows.removed} removed${changed}`);
    for (const [column, count] of Object.entries(differing ?? {}))
      if (count > 0) say(`  ${column} differs in ${count} rows`);
    for (const row of samples.removed) say(`  - ${JSON.stringify(row)}`);
    for (const row of samples.added) say(`  + ${JSON.stringify(row)}`);
    for (const row of samples.changed) {
      const { before, after } = row as { before: unknown; after: unknown };
      say(`  ~ ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
    }
  }
  if (report.assets.length === 0) say("nothing differs");
  return 0;
}
