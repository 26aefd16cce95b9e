import { html, nothing, type TemplateResult } from "lit";
import type { SaveState } from "./autosave.ts";
import type { Session } from "./session.ts";
import type { Notice, SessionView } from "./session-view.ts";

/** Where the text is, in a word or two. */
export function saveLabel(save: SaveState, readOnly: boolean): TemplateResult {
  if (readOnly) return html`<span class="save">Read only</span>`;
  switch (save.type) {
    case "saved":
      return html`<span class="save" role="status">Saved</span>`;
    case "unsaved":
    case "saving":
      return html`<span class="save" role="status">Saving…</span>`;
    case "offline":
      return html`<span class="save" role="status" data-warn title=${save.reason}
        >${save.memory ? "Not saved: kept in this tab only" : "Offline: kept in this browser"}</span
      >`;
    case "conflict":
      return html`<span class="save" role="status" data-warn>Changed elsewhere too</span>`;
  }
}

/** What the reader must decide or know; one thing at a time, the most urgent first. */
export function banner(view: SessionView, session: Session): TemplateResult | typeof nothing {
  if (!view.answering)
    return html`<div class="banner" role="alert">
      <span>A cell is not answering.</span>
      <button class="primary" @click=${() => session.stop()}>Stop</button>
      <span>The notebook is then shown again, paused; text and computed tables stay.</span>
    </div>`;
  if (view.save.type === "conflict")
    return html`<div class="banner" role="alert">
      <span
        >${view.save.conflicts.length === 1 ? "A cell was" : `${view.save.conflicts.length} cells were`} changed here
        and elsewhere. Yours is saved.</span
      >
      <button @click=${() => session.settle("keep both")}>Keep both</button>
      <button @click=${() => session.settle("take theirs")}>Take the other</button>
      <button @click=${() => session.settle("keep mine")}>Keep mine</button>
      <details>
        <summary>Show the other text</summary>
        ${view.save.conflicts.map(({ cell, theirs }) => html`<pre aria-label=${`cell ${cell}`}>${theirs.source}</pre>`)}
      </details>
    </div>`;
  if (view.pause === "untrusted")
    return html`<div class="banner">
      <span
        >This notebook is not yours: nothing in it runs until you say so.${sayHosts(session.graph.options.hosts)}</span
      >
      <button class="primary" @click=${() => void session.consent()}>Run</button>
    </div>`;
  if (view.pause === "stopped")
    return html`<div class="banner">
      <span>Stopped. Nothing runs until you say so.</span>
      <button class="primary" @click=${() => void session.consent()}>Run</button>
    </div>`;
  return nothing;
}

/** What a reader who consents also lets the notebook reach. */
function sayHosts(hosts: readonly string[]): string {
  return hosts.length === 0 ? "" : ` When it runs, it may also send data to and fetch it from ${hosts.join(", ")}.`;
}

/** A short message over the document. */
export function noticeBar(notice: Notice, close: () => void): TemplateResult {
  const { action } = notice;
  return html`<div class="notice" role="status">
    <span>${notice.text}</span>
    ${
      action === null
        ? nothing
        : html`<button
            @click=${() => {
              close();
              action.run();
            }}
          >
            ${action.label}
          </button>`
    }
  </div>`;
}
