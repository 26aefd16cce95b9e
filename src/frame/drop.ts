import type { FrameContext } from "./context.ts";

/** Files that are dropped on the document go to the shell, which puts them beside the notebook and into new cells. */
export function acceptDrops(context: FrameContext): void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFiles(event) || context.store.readOnly) return;
    event.preventDefault();
    document.body.toggleAttribute("data-dropping", true);
  });
  const done = (): void => void document.body.toggleAttribute("data-dropping", false);
  addEventListener("dragleave", (event) => event.relatedTarget === null && done());
  addEventListener("drop", (event) => {
    done();
    if (!hasFiles(event) || context.store.readOnly) return;
    event.preventDefault();
    const under = event.target instanceof Element ? event.target.closest<HTMLElement>("cellar-cell") : null;
    const cell = under ? Number(under.dataset["cell"]) : null;
    const before = cell === null ? null : context.store.neighbour(cell, 1);
    void read([...(event.dataTransfer?.files ?? [])]).then((files) =>
      context.actions.request({ type: "drop", files, before }),
    );
  });
}

function read(files: readonly File[]): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  return Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
}
