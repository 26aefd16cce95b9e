import { selectNotebook } from "../shell/route.ts";
import { AppError } from "../../cells/errors.ts";
import type { NotebookPorts } from "../notebook/ports.ts";
import type { Api } from "./api.ts";
import { type Feed, ServerData } from "./server-data.ts";

/** The ports of one notebook over HTTP, and their end. */
export interface ServerNotebook {
  readonly ports: NotebookPorts;
  close(): void;
}

/** Everything that the notebook at `path` needs from the server. `linkTo` gives the address of one of its cells. */
export function openServerNotebook(
  path: string,
  api: Api,
  feed: Feed,
  linkTo: (cell: number) => string,
): ServerNotebook {
  const data = new ServerData(path, api, feed);
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const ports: NotebookPorts = {
    path,
    frameUrl: "/frame",
    data,
    linkTo,
    async load(signal) {
      const { text, revision, trusted } = await api.call("notebook", { path }, signal);
      return { text, revision, trusted, readOnly: false };
    },
    async save({ text, base }, signal) {
      const { revision } = await api.call("saveNotebook", { path, text, base }, signal);
      return { revision };
    },
    watch: (listener) =>
      feed.subscribe((message) => {
        if (message.type === "event") {
          const { fact } = message.event;
          if (fact.type === "notebook_changed" && fact.path === path && fact.revision !== null)
            listener({ revision: fact.revision });
          return;
        }
        // what changed while there was no connection was not told
        void api.call("notebook", { path }).then(
          ({ revision }) => listener({ revision }),
          () => undefined,
        );
      }),
    async trust(revision) {
      await api.call("trustNotebook", { path, revision });
    },
    async addFile(name, bytes, signal) {
      const response = await api.open("putFile", { name: folder + name }, bytes, signal);
      const stored = (JSON.parse(await response.text()) as { readonly name: string }).name;
      return stored.startsWith(folder) ? stored.slice(folder.length) : stored;
    },
    async names(signal) {
      const [{ assets }, { files }] = await Promise.all([
        api.call("assets", {}, signal),
        api.call("files", {}, signal),
      ]);
      return [
        ...assets
          .filter(({ notebook }) => notebook !== path)
          .map(({ key, reason }) => ({ name: key, type: "asset" as const, detail: reason })),
        ...files.map(({ name }) => ({
          name: folder !== "" && name.startsWith(folder) ? name.slice(folder.length) : name,
          type: "file" as const,
          detail: "file",
        })),
      ];
    },
    async runOnServer(cell, signal) {
      const keys = await assetsOfCell(api, path, cell, signal);
      if (keys.length === 0)
        throw new AppError(
          "asset_not_found",
          `cell ${cell} of ${path} defines no asset that the server stores; give its value a name, or publish the notebook again`,
        );
      await api.call("startRun", { select: keys.map((key) => `key:"${key}"`).join(" or "), draft: true }, signal);
    },
  };
  return { ports, close: () => data.close() };
}

/** The stored assets that a cell defines, in the notebook as the server runs it. */
async function assetsOfCell(api: Api, path: string, cell: number, signal: AbortSignal): Promise<readonly string[]> {
  const { assets } = await api.call("assets", { select: selectNotebook(path) }, signal);
  return assets
    .filter((asset) => asset.notebook === path && asset.cell === cell && !asset.virtual)
    .map(({ key }) => key);
}
