import type { Api } from "../remote/api.ts";

/** What is fetched ahead: no more notebooks and bytes than these, no single file larger than this. */
export interface WarmLimits {
  readonly notebooks: number;
  readonly totalBytes: number;
  readonly fileBytes: number;
}

const defaultLimits: WarmLimits = { notebooks: 100, totalBytes: 200_000_000, fileBytes: 20_000_000 };

/**
 * Asks once for all that it takes to open, edit and recompute the workspace, so that the service worker has it when the server is
 * stopped: lists, texts, what is materialized, and the data files and results of a moderate size. Ends quietly when the server does.
 */
export async function warmCache(api: Api, limits: WarmLimits = defaultLimits): Promise<void> {
  let left = limits.totalBytes;
  try {
    const [{ notebooks }, { files }] = await Promise.all([
      api.call("notebooks", {}),
      api.call("files", {}),
      api.call("session", {}),
      api.call("assets", {}),
      api.call("lineage", {}),
    ]);
    const sizes = new Map(files.map(({ name, bytes }) => [name, bytes]));
    const wanted = new Set<string>();
    for (const { path } of notebooks.slice(0, limits.notebooks)) {
      const [, { facts, fileVersions }] = await Promise.all([
        api.call("notebook", { path }),
        api.call("hydration", { path }),
      ]);
      for (const name of Object.keys(fileVersions)) wanted.add(name);
      for (const { asset, partition, sha256, format, bytes } of facts) {
        if (format === "virtual" || bytes > limits.fileBytes || bytes > left || wanted.has(sha256)) continue;
        wanted.add(sha256);
        left -= bytes;
        const slice = partition === "" ? {} : { partition };
        await drain(api.open("data", { key: asset, format, version: sha256, ...slice }));
      }
    }
    for (const name of wanted) {
      const bytes = sizes.get(name);
      if (bytes === undefined || bytes > limits.fileBytes || bytes > left) continue;
      left -= bytes;
      await drain(api.open("file", { name }));
    }
  } catch {
    // the next visit goes on
  }
}

/** Reads an answer to its end, for the sake of whoever keeps a copy. */
async function drain(answer: Promise<Response>): Promise<void> {
  await (await answer).arrayBuffer();
}
