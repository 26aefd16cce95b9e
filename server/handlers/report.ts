import { keysSelection } from "../../cells/select/named.ts";
import { AppError } from "../../cells/errors.ts";
import { unknownAsset } from "../../cells/model/unknown-key.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { formatOf } from "../engine/file-format.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { queuedRun } from "../queue/queue.ts";
import { runReport } from "./start-run.ts";

/** Assets that another program made. */
export function reportHandlers(workspace: OpenWorkspace): Pick<Handlers, "report"> {
  const { planner, store, queue, files } = workspace;
  return {
    async report({ key, file, partition = null }) {
      const asset = AssetKey.parse(key);
      const { assets } = (await planner.effective()).workspace;
      const node = assets.get(asset);
      if (node === undefined) throw unknownAsset(key, assets.keys());
      const { store: kept } = node.options;
      if (node.storage === "virtual" || kept === "json")
        throw new AppError("usage", `${key} is not kept as a table, so no rows can be reported for it`);
      if (node.options.partitions !== null && (partition === null || /\.\.|\*/.test(partition)))
        throw new AppError("usage", `${key} has partitions: say which one the file is, as in --partition KEY`);
      const { path } = await files.locate(file);
      if (formatOf(path) === null)
        throw new AppError("usage", `${file} holds no rows: report a file of Parquet, Arrow, CSV, TSV or JSON`);
      const { run, ...rest } = await planner.newRun({
        ...{ select: keysSelection([key]), only: asset, partition, force: true, draft: false, params: {} },
        trigger: { type: "reported", file },
      });
      const id = await store.createRun({ run, ...rest });
      await queue.send(queuedRun(run));
      return runReport(workspace, id);
    },
  };
}
