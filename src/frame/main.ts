import { PortChannel } from "../../cells/protocol/port-channel.ts";
import { framePorts, frameReady } from "../../cells/protocol/document.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import { readGrantedHosts } from "../../cells/protocol/frame-address.ts";
import { CellarCell } from "./cell-element.ts";
import { CellarDocument } from "./document-element.ts";
import { startDocument } from "./document.ts";
import { CellarFind } from "./find/find-bar.ts";
import { CellarGrid } from "./grid/grid-element.ts";
import { speakingFetch } from "./guarded-fetch.ts";
import { applyStyle } from "./style.ts";

// This document runs the notebook's code. It must be in an origin of its own: with a lost header it would be the app's.
if (self.origin === "null" && parent !== self) boot();
else document.body.textContent = "This page shows a notebook inside Cellar; it does nothing by itself.";

function boot(): void {
  // WebRTC is not covered by any policy
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"])
    Reflect.deleteProperty(globalThis, name);
  const hosts = readGrantedHosts(location.search) ?? [];
  Object.assign(globalThis, { fetch: speakingFetch(hosts, fetch.bind(globalThis), location.href) });
  applyStyle();
  customElements.define("cellar-grid", CellarGrid);
  customElements.define("cellar-find", CellarFind);
  customElements.define("cellar-cell", CellarCell);
  customElements.define("cellar-document", CellarDocument);
  const app = new URL(location.href).origin;
  const listen = (event: MessageEvent<unknown>): void => {
    const [documentPort, kernelPort] = event.ports;
    if (event.source !== parent || event.origin !== app || !isRecord(event.data) || event.data["type"] !== framePorts)
      return;
    if (documentPort === undefined || kernelPort === undefined) return;
    removeEventListener("message", listen);
    startDocument(new PortChannel(documentPort), new PortChannel(kernelPort));
  };
  addEventListener("message", listen);
  parent.postMessage({ type: frameReady }, app);
}
