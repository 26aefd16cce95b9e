import type { FrameRequest } from "../../cells/protocol/document.ts";

/** Keys that mean something to the app around the notebook, which sees none of what is typed in here. */
export function forwardKeys(send: (request: FrameRequest) => void): void {
  addEventListener("keydown", (event) => {
    const { key, ctrlKey: ctrl, shiftKey: shift, altKey: alt, metaKey: meta, defaultPrevented } = event;
    if (defaultPrevented) return;
    const target = event.composedPath()[0];
    const typing =
      target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
    const ofApp =
      ((ctrl || meta) && ["k", "K", "p", "P", "o", "\\", "/"].includes(key)) ||
      (!typing && !ctrl && !meta && !alt && ["?", "/", "g"].includes(key));
    if (!ofApp) return;
    event.preventDefault();
    send({ type: "key", key: { key, ctrl, shift, alt, meta } });
  });
}
