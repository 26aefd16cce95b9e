import { assertNever } from "../../cells/errors.ts";
import type { FrameRequest, KeyStroke, NotebookCommand, OpenTarget } from "../../cells/protocol/document.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import { cellOfFile } from "./dropped-file.ts";
import type { FrameLink } from "./frame-link.ts";
import type { NotebookPorts } from "./ports.ts";
import { saveFile } from "./save-file.ts";

/** What a notebook does when it is asked. */
interface NotebookActions {
  /** Answers the new cell, if there is one. */
  command(command: NotebookCommand): number | null;
  run(cells: readonly number[] | null): void;
  interrupt(cell: number | null): void;
  undo(): void;
  redo(): void;
  save(): Promise<void>;
  readonly view: { readonly title: string };
}

/** With what the requests of a frame are carried out. */
export interface RequestContext {
  readonly session: NotebookActions;
  readonly link: FrameLink;
  readonly ports: NotebookPorts;
  readonly host: () => Promise<KernelHost>;
  readonly notice: (text: string) => void;
  readonly onOpen: (target: OpenTarget) => void;
  readonly onKey: (key: KeyStroke) => void;
  /** aborts when the notebook is closed */
  readonly signal: AbortSignal;
}

/** Carries out what the reader asked for in the frame. Rejects with what went wrong. */
export async function answerRequest(request: FrameRequest, context: RequestContext): Promise<void> {
  const { session, link, ports, host, notice, signal } = context;
  switch (request.type) {
    case "command":
      return void session.command(request.command);
    case "run":
      return session.run(request.cells);
    case "interrupt":
      return session.interrupt(request.cell);
    case "save":
      return session.save();
    case "undo":
      return session.undo();
    case "redo":
      return session.redo();
    case "key":
      return context.onKey(request.key);
    case "open":
      return context.onOpen(request.target);
    case "copy":
      return navigator.clipboard.writeText(request.text);
    case "copy-link":
      await navigator.clipboard.writeText(ports.linkTo(request.cell));
      return notice("Link copied");
    case "download":
      return saveFile(request.name, request.mimeType, request.bytes);
    case "export": {
      const { exportCell } = await import("./export.ts");
      return exportCell({ link, host: await host(), title: session.view.title, request, signal });
    }
    case "drop":
      for (const { name, bytes } of request.files) {
        const added = session.command(cellOfFile(await ports.addFile(name, bytes, signal), request.before));
        if (added !== null) session.run([added]);
      }
      return;
    case "server-run":
      await ports.runOnServer(request.cell, signal);
      return notice("The server runs this cell");
    case "problem":
      return notice(request.message);
    case "selected":
    case "pong":
      return;
    default:
      return assertNever(request);
  }
}

/** The cells that a request edits, with the frame's number of each edit. */
export function editsOf(request: FrameRequest): readonly { readonly cell: number; readonly edit: number }[] {
  const command = request.type === "command" ? request.command : null;
  return command?.type === "edit" ? [command] : command?.type === "edits" ? command.edits : [];
}
