import { AppError } from "../../cells/errors.ts";
import type { Layout, LayoutAnswer, LayoutRequest } from "./layout.ts";
import workerUrl from "./layout-worker.ts?worker&url";

/** Lays out graphs beside the page. A new request ends the one before it, whose answer nobody would look at. */
export class LayoutClient {
  #worker: Worker | null = null;
  #busy = false;
  #next = 0;

  /** Rejects with the signal's reason, or `internal` where the layout fails. */
  layout(request: Omit<LayoutRequest, "id">, signal: AbortSignal): Promise<Layout> {
    if (this.#busy) this.close();
    const worker = (this.#worker ??= new Worker(workerUrl, { type: "module" }));
    const id = this.#next++;
    this.#busy = true;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
        this.#busy = false;
        if (data.type === "failed")
          reject(new AppError("internal", `the lineage could not be laid out: ${data.message}`));
        else resolve(data.layout);
      };
      worker.onerror = () => {
        this.close();
        reject(new AppError("internal", "the worker that lays out the lineage did not start; reload the page"));
      };
      worker.postMessage({ ...request, id });
    });
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#busy = false;
  }
}
