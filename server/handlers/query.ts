import { rm } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import { didYouMean } from "../../cells/model/nearest.ts";
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
      } finally {
        for (const { input } of log) for (const path of input.paths) await rm(path, { force: true });
      }
    },
  };
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
