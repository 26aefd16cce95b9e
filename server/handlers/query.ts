import { rm } from "node:fs/promises";
import { AppError, messageOf } from "../../cells/errors.ts";
import { didYouMean, nearest } from "../../cells/model/nearest.ts";
import { quote } from "../../cells/model/quote.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { StoredInput } from "../engine/messages.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { bytesOf, contentTypes, inputOf, largestPage } from "./assets.ts";
import { logTables } from "./log-tables.ts";

interface Table {
  readonly schema: string | null;
  readonly name: string;
  readonly input: StoredInput;
}

/** Questions of people in SQL, over what is stored and over what happened. */
export function queryHandlers(workspace: OpenWorkspace): Pick<Handlers, "query"> {
  const { store, reader } = workspace;
  return {
    async query({ sql, notebook, params, limit }, { signal }) {
      const log = await logTables(store, sql, await reader.staging());
      try {
        const tables = [
          ...(await assetTables(workspace, sql, notebook)),
          ...log.map(({ name, input }) => ({ schema: "cellar", name, input })),
        ];
        const most = Math.min(Number(limit ?? 10_000), largestPage);
        const answer = await reader.ask((calls) =>
          calls.query({ sql, params: params ?? [], tables, limit: most }, signal),
        );
        return bytesOf(answer.arrow, contentTypes["arrow-stream"][0]);
      } catch (error) {
        throw await withNames(workspace, error);
      } finally {
        for (const { input } of log) for (const path of input.paths) await rm(path, { force: true });
      }
    },
  };
}

/** The error for a table that is not there: with how the asset that was probably meant is written. Others as they are. */
async function withNames({ planner, store }: OpenWorkspace, error: unknown): Promise<unknown> {
  const missing = /^table with name "?([^"]+?)"? does not exist/i.exec(messageOf(error))?.[1];
  if (missing === undefined || !(error instanceof AppError)) return error;
  const { assets } = (await planner.effective()).workspace;
  const names = [...new Set([...assets.keys()].map(AssetKey.name))];
  const asked = missing.slice(missing.lastIndexOf(".") + 1);
  const meant = names.includes(asked) ? asked : nearest(asked, names);
  const keys = [...assets.keys()].filter((key) => AssetKey.name(key) === meant);
  const made = new Set((await store.pointers(keys)).map(({ asset }) => asset));
  const said = keys.slice(0, 3).map((key) => {
    const written = `${sqlName(AssetKey.notebook(key))}.${sqlName(AssetKey.name(key))}`;
    if (assets.get(key)?.storage === "virtual") return `${key} is not stored, so it cannot be asked here`;
    return made.has(key) ? `write FROM ${written}` : `${key} was never materialized; run it first`;
  });
  const right =
    said.length > 0 ? said.join(", or ") : "cellar list shows the assets there are, FROM sales.orders names one";
  return new AppError(error.code, `no table ${quote(missing)}; ${right}`, { cause: error, data: error.data });
}

function sqlName(text: string): string {
  return /^[a-z_]\w*$/i.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** The stored assets that a text may name, as readers see them: all partitions of one are one table. */
async function assetTables(
  { planner, store, lake }: OpenWorkspace,
  sql: string,
  notebook: string | undefined,
): Promise<readonly Table[]> {
  const { workspace } = await planner.effective();
  const own = notebook?.replace(/\.html$/, "");
  if (own !== undefined && !workspace.notebooks.has(`${own}.html`))
    throw new AppError(
      "usage",
      `no notebook at ${own}.html; ${didYouMean(`${own}.html`, [...workspace.notebooks.keys()])}give its path from the root of the workspace, as in sales.html`,
      { data: { notebook: `${own}.html` } },
    );
  const named = [...workspace.assets.keys()].filter((key) =>
    new RegExp(`\\b${AssetKey.name(key).replace(/[^\w]/g, "\\$&")}\\b`, "i").test(sql),
  );
  const stored = (await store.pointers(named)).filter(({ format }) => format !== "virtual");
  const tables: Table[] = [];
  for (const [key, facts] of Map.groupBy(stored, ({ asset }) => asset)) {
    const inputs = await Promise.all(facts.map((fact) => inputOf(lake, fact)));
    const format = inputs[0]?.format ?? "parquet";
    const paths = inputs.filter((input) => input.format === format).flatMap((input) => input.paths);
    const table = { name: AssetKey.name(key), input: { format, paths } };
    if (AssetKey.notebook(key) === own) tables.push({ schema: null, ...table });
    tables.push({ schema: AssetKey.notebook(key), ...table });
  }
  return tables;
}
