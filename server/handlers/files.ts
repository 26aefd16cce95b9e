import { createReadStream } from "node:fs";
import { AppError } from "../../cells/errors.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";

const types: Readonly<Record<string, string>> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  json: "application/json",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
  txt: "text/plain",
  png: "image/png",
  jpg: "image/jpeg",
};

/** Data files of the workspace, to read and to add. */
export function fileHandlers({ files }: OpenWorkspace): Pick<Handlers, "files" | "file" | "putFile"> {
  return {
    async files() {
      return { files: (await files.list()).map(({ name, bytes, modifiedAt }) => ({ name, bytes, modifiedAt })) };
    },
    async file({ name }) {
      if (name.endsWith(".html"))
        throw new AppError("path_invalid", `${name} is a notebook, not a data file; read it under notebooks`);
      const file = await files.locate(name);
      const contentType = types[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
      return {
        contentType,
        fileName: name.split("/").at(-1) ?? name,
        immutable: false,
        body: createReadStream(file.path),
        length: file.bytes,
        version: { etag: `${file.bytes}-${file.modifiedAt}`, modifiedAt: file.modifiedAt },
      };
    },
    async putFile({ name }, { upload }) {
      if (name.endsWith(".html") || name === "cellar.json")
        throw new AppError("path_invalid", `${name} cannot be added as a data file; choose another name`);
      if (upload === null) throw new AppError("usage", "send the file's bytes as application/octet-stream");
      const file = await files.add(name, upload);
      return { name: file.name, bytes: file.bytes };
    },
  };
}
