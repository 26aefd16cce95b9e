import { messageOf } from "../../cells/errors.ts";
import type { LayoutAnswer, LayoutRequest } from "./layout.ts";
import { makeLayout } from "./make-layout.ts";

/** The worker's own scope, of which the page's types know nothing. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<LayoutRequest>) => void) | null;
  postMessage(message: LayoutAnswer, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  try {
    const layout = makeLayout(data);
    scope.postMessage({ type: "layout", id: data.id, layout }, [
      layout.x.buffer,
      layout.y.buffer,
      layout.bends.buffer,
      layout.bendStart.buffer,
    ]);
  } catch (error) {
    scope.postMessage({ type: "failed", id: data.id, message: messageOf(error) }, []);
  }
};
