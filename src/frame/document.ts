import { assertNever } from "../../cells/errors.ts";
import type { Channel } from "../../cells/protocol/channel.ts";
import type { DocumentCalls, DocumentEvent, FrameRequest } from "../../cells/protocol/document.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { Actions } from "./actions.ts";
import { kindItems } from "./cell-menu.ts";
import { spanAt } from "./cell-status.ts";
import { Logs } from "./console/logs.ts";
import { CompletionNames } from "./completion-names.ts";
import type { FrameContext } from "./context.ts";
import { startDrag } from "./drag-cells.ts";
import { acceptDrops } from "./drop.ts";
import { frameEnvironment, trialEnvironment } from "./environment.ts";
import { DocumentStore } from "./document-store.ts";
import { Finder } from "./find/finder.ts";
import { startFinding } from "./find/start-finding.ts";
import { forwardKeys } from "./forward-keys.ts";
import { startKernel } from "./kernel-port.ts";
import { Libraries } from "./libraries.ts";
import { Media } from "./media/media.ts";
import { openLinks } from "./links.ts";
import { NearScreen } from "./near-screen.ts";
import { Outputs } from "./outputs.ts";
import { perform } from "./perform.ts";
import { picture } from "./picture.ts";
import { Redraws } from "./redraws.ts";
import { sayPlaces } from "./say-place.ts";
import { Theme } from "./theme.ts";

/** Puts the document together: the mirror of the notebook, its kernel, and what the reader sees of both. */
export function startDocument(documentChannel: Channel, kernelChannel: Channel): void {
  const store = new DocumentStore();
  const theme = new Theme();
  const element = document.createElement("cellar-document");
  const completion = new CompletionNames(store);
  const redraws = new Redraws((cell) => element.cellElement(cell)?.requestUpdate());
  const outputs = new Outputs({
    rows: (request, signal) => peer.call("rows", request, signal) as Promise<Uint8Array>,
    columns: (cell, names) => completion.learn(store.cell(cell)?.outputs ?? [], names),
    changed: (cell) => redraws.add(cell),
  });
  const logs = new Logs((cell) => redraws.add(cell));
  const peer: Peer = new Peer({
    channel: documentChannel,
    handlers: { picture: (request) => picture(request, (cell) => outputs.get(cell).element) },
    // the shell is trusted, so its events are taken as they come
    onEvent: (_name, payload) => receive(payload as DocumentEvent),
    onProblem: (problem) => send({ type: "problem", message: problem.message }),
  });
  const send = (request: FrameRequest): void => peer.emit(request.type, request);
  const actions = new Actions(store, send);
  const finder = new Finder(store, actions);
  const context: FrameContext = {
    store,
    actions,
    outputs,
    logs,
    near: new NearScreen(),
    finder,
    completion: (cell) => completion.forCell(cell),
    reveal(cell) {
      if (cell === null) return;
      actions.select(cell);
      const target = element.cellElement(cell);
      target?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      target?.focusCell();
    },
    revealPlace: (cell, place) => element.cellElement(cell)?.edit(spanAt(store.source(cell), place)?.start),
    drag: (press, cell) => startDrag(press, cell, { context, element: (id) => element.cellElement(id) }),
    perform: (cell, action) => perform({ store, actions, element: (id) => element.cellElement(id) }, cell, action),
    left(cell) {
      actions.runIfDirty(cell);
      if (store.selection.cell === cell && store.selection.editing) actions.select(cell);
    },
    kindItems: (cell) => kindItems(context, cell),
  };
  element.context = context;
  document.body.append(element);

  store.subscribe((change) => {
    switch (change.type) {
      case "order":
        outputs.keep(store.order);
        logs.keep(store.order);
        element.requestUpdate();
        return void element.updateComplete.then(keepFocus);
      case "cell":
        return element.cellElement(change.cell)?.requestUpdate();
      case "state":
        return redraws.add(change.cell);
      case "document":
        document.body.toggleAttribute("data-paused", store.paused);
        return element.requestUpdate();
    }
  });

  // as long as the document, which ends with its page
  const open = new AbortController();
  const libraries = new Libraries((name) => peer.call("library", { name }) as ReturnType<DocumentCalls["library"]>);
  const mediaOf = (host: KernelHost): Media => new Media((name) => host.file({ name }, open.signal));
  startKernel({
    channel: kernelChannel,
    environment: (host) => frameEnvironment({ libraries, media: mediaOf(host), outputs, logs, theme }),
    trialEnvironment: (host) => trialEnvironment({ libraries, media: mediaOf(host), theme }),
    display: (cell) => outputs.get(cell),
    onEvent: (event) => {
      if (event.type === "state") store.setState(event.cell, event.state);
    },
  });

  /** An element that is moved on the page loses the focus, and a cell is often moved by more than one place. */
  function keepFocus(): void {
    const { cell, editing } = store.selection;
    if (cell === null || editing || document.activeElement !== document.body || !document.hasFocus()) return;
    element.cellElement(cell)?.focusCell();
  }

  function receive(event: DocumentEvent): void {
    switch (event.type) {
      case "document":
        return store.apply(event);
      case "names":
        store.names = event.names;
        return;
      case "theme":
        return theme.set(event.theme);
      case "paused":
        return store.setPaused(event.paused);
      case "focus": {
        actions.select(event.cell, event.editor);
        void element.updateComplete.then(() => {
          const target = element.cellElement(event.cell);
          if (event.editor) target?.edit();
          else target?.focusCell();
        });
        return;
      }
      case "verdict":
        return store.setVerdict(event);
      case "ping":
        return send({ type: "pong", id: event.id });
      default:
        return assertNever(event);
    }
  }

  startFinding({
    store,
    finder,
    element: (cell) => element.cellElement(cell),
    undo: () => actions.request({ type: "undo" }),
  });
  sayPlaces(store);
  forwardKeys(send);
  openLinks(send);
  acceptDrops(context);
}
