import { AppError, messageOf } from "../../../cells/errors.ts";
import { nothingSelected } from "../../../cells/model/unknown-key.ts";
import { groupBy, nameSlices } from "../slices.ts";
import { missingFiles } from "../../handlers/missing-files.ts";
import { checkReport } from "../../handlers/notebooks.ts";
import { Catalog } from "../../workspace/catalog.ts";
import { NotebookFiles } from "../../workspace/notebook-files.ts";
import { readWorkspaceConfig } from "../../workspace/workspace-config.ts";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, type OptionSpec, wholeOf } from "../command.ts";
import { planChanges } from "./plan-changes.ts";
import { counted, formatBytes, formatMs, formatTable, formatTime } from "../table.ts";

export const select: OptionSpec = {
  type: "string",
  value: "SELECTION",
  about: "which assets, as in +sales/orders or tag:daily (all)",
  mayBeEmpty: true,
};
export const partition: OptionSpec = { type: "string", value: "KEY", about: "a partition, or a range A..B" };

export const branch: OptionSpec = { type: "string", value: "NAME", about: "in a branch, not in what is published" };

/** `cellar check`: reads and compiles, needs no write access and no server. */
export const check: Command = {
  name: "check",
  usage: "[PATH…]",
  about: "read and compile notebooks; say what is wrong and where",
  options: {},
  async run({ args, at, directory, json, say, document }) {
    const catalog = await readCatalog(directory);
    const config = await readWorkspaceConfig(directory);
    const paths = args.positionals.length === 0 ? [null] : args.positionals.map((path) => path.replace(/\/$/, ""));
    for (const path of paths)
      if (path !== null && !catalog.entries().some((entry) => entry.path === path || entry.path.startsWith(`${path}/`)))
        throw new AppError(
          "usage",
          `no notebook at ${path} in the workspace; give paths from its root, as in sales.html`,
        );
    const missing = await missingFiles(directory, catalog.entries(), config.config);
    const reports = paths.map((path) => checkReport(catalog.entries(), config, path, at ?? Date.now(), missing));
    const report = {
      ok: reports.every(({ ok }) => ok),
      notebooks: reports.flatMap(({ notebooks }) => notebooks),
      problems: reports.flatMap(({ problems }) => problems),
    };
    if (json) document(report);
    for (const { path, line, column, severity, message } of report.problems)
      say(`${path}:${line}:${column} ${severity}: ${message}`);
    const errors = report.problems.filter(({ severity }) => severity === "error").length;
    say(
      [
        counted(report.notebooks.length, "notebook"),
        counted(errors, "error"),
        counted(report.problems.length - errors, "warning"),
      ].join(", "),
    );
    return report.ok ? 0 : 1;
  },
};

export const list: Command = {
  name: "list",
  usage: "",
  about: "list assets with their state",
  options: { select, branch },
  async run({ args, at, connect, json, say, document }) {
    await using connection = await connect();
    const { assets } = await connection.call("assets", {
      select: args.text("select") ?? "",
      ...optional("branch", args.text("branch")),
      ...atOf(at),
    });
    if (json) document({ assets: assets.map(({ virtual: _virtual, description: _description, ...asset }) => asset) });
    const asked = args.text("select") ?? "";
    if (assets.length === 0 && asked.trim() !== "") {
      say(messageOf(nothingSelected(asked, [])));
      return 0;
    }
    say(
      formatTable(
        ["asset", "kind", "status", "health", "why"],
        assets.map(({ key, kind, status, health, reason, healthReason }) => [
          ...[key, kind, status, health],
          health === "warning" || health === "degraded" ? `${reason}; ${healthReason}` : reason,
        ]),
      ),
    );
    return 0;
  },
};

export const plan: Command = {
  name: "plan",
  usage: "[PATH]",
  about: "say what a run would do, and why, without doing it; or how a draft or branch differs from what is published",
  options: {
    select,
    partition,
    force: { type: "boolean", value: "", about: "as if nothing could be reused" },
    draft: { type: "boolean", value: "", about: "how the files as they are differ from what is published" },
    branch: { type: "string", value: "NAME", about: "how a branch differs from what is published" },
  },
  async run({ args, at, connect, json, say, document }) {
    const [path] = args.positionals;
    const name = args.text("branch");
    if (path !== undefined && !args.flag("draft") && name === undefined)
      throw new AppError(
        "usage",
        "a notebook alone is told of as a draft; write cellar plan --draft PATH, or --select",
      );
    await using connection = await connect();
    if (args.flag("draft") || name !== undefined)
      return await planChanges(
        connection,
        { ...optional("path", path), ...optional("branch", name) },
        { json, say, document },
      );
    const { steps } = await connection.call("plan", {
      select: args.text("select") ?? "",
      force: args.flag("force"),
      ...optional("partition", args.text("partition")),
      ...atOf(at),
    });
    if (json) document({ steps });
    say(
      formatTable(
        ["asset", "action", "takes", "why"],
        groupBy(steps, ({ key, action, reason }) => `${key}\n${action}\n${reason}`).map((group) => {
          const [{ key, action, reason, estimateMs }] = group;
          return [
            nameSlices(
              key,
              group.map((step) => step.partition),
            ),
            action,
            action === "run" ? formatMs(estimateMs === null ? null : estimateMs * group.length) : "",
            reason,
          ];
        }),
      ),
    );
    const runs = steps.filter(({ action }) => action === "run").length;
    say(`${runs} to run, ${steps.length - runs} reused or left as they are`);
    return 0;
  },
};

export const history: Command = {
  name: "history",
  usage: "KEY",
  about: "what an asset was, newest first",
  options: { partition, branch, limit: { type: "string", value: "N", about: "at most so many (100)" } },
  async run({ args, connect, json, say, document }) {
    const [key] = args.positionals;
    if (key === undefined)
      throw new AppError("usage", "cellar history needs the key of an asset, as in cellar history sales/orders");
    const limit = wholeOf("limit", args.text("limit"));
    await using connection = await connect();
    const { materializations } = await connection.call("history", {
      key,
      ...optional("partition", args.text("partition")),
      ...optional("limit", limit),
      ...optional("branch", args.text("branch")),
    });
    if (json) document({ materializations });
    if (materializations.length === 0) {
      const slice = args.text("partition");
      const name = slice === undefined ? key : `${key} (${slice})`;
      say(
        `${name} was never materialized; run cellar run --select ${key}${slice === undefined ? "" : ` --partition ${slice}`}`,
      );
      return 0;
    }
    const sliced = materializations.some(({ partition: slice }) => slice !== "");
    say(
      formatTable(
        ["when", ...(sliced ? ["partition"] : []), "rows", "size", "took", "data version", "readers", "run"],
        materializations.map(
          ({ createdAt, partition: slice, rows, bytes, ms, dataVersion, refused, retired, current, run }) => [
            formatTime(createdAt),
            ...(sliced ? [slice] : []),
            String(rows ?? ""),
            formatBytes(bytes),
            formatMs(ms),
            dataVersion.slice(0, 12),
            current ? "see it" : retired ? "retired" : refused ? "refused" : "",
            run,
          ],
        ),
      ),
    );
    return 0;
  },
};

/** The notebooks of a folder, read without writing anything. Throws `workspace_invalid`. */
export async function readCatalog(directory: string): Promise<Catalog> {
  if (!(await stat(directory).catch(() => null))?.isDirectory())
    throw new AppError(
      "workspace_invalid",
      `not a folder: ${directory}; give --workspace the folder that holds your notebooks`,
    );
  const catalog = new Catalog(directory, new NotebookFiles(directory, join(directory, ".cellar/versions")));
  await catalog.load();
  return catalog;
}

export function atOf(at: number | null): { at?: string } {
  return at === null ? {} : { at: new Date(at).toISOString() };
}

export function optional<K extends string>(key: K, value: string | undefined): { [name in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [name in K]?: string };
}
