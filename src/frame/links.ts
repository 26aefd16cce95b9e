import type { FrameRequest } from "../../cells/protocol/document.ts";

/** Links leave through the shell: this document may open no window and must not navigate itself away. */
export function openLinks(send: (request: FrameRequest) => void): void {
  addEventListener("click", (event) => {
    const link = event
      .composedPath()
      .find(
        (target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement && target.hasAttribute("href"),
      );
    if (!link || event.defaultPrevented) return;
    const href = link.getAttribute("href") ?? "";
    if (href.startsWith("#")) {
      event.preventDefault();
      document.getElementById(href.slice(1))?.scrollIntoView({ behavior: "smooth" });
      return;
    }
    event.preventDefault();
    if (link.hasAttribute("download")) void download(link, send);
    else send({ type: "open", target: { type: "url", url: link.href === "" ? href : href } });
  });
}

/** Files that a cell offers (`<a download href="blob:…">`) are saved by the shell. */
async function download(link: HTMLAnchorElement, send: (request: FrameRequest) => void): Promise<void> {
  if (!/^(?:blob|data):/.test(link.href)) return send({ type: "open", target: { type: "url", url: link.href } });
  const blob = await (await fetchLocal(link.href)).blob();
  const bytes = new Uint8Array(await blob.arrayBuffer());
  send({ type: "download", name: link.download || "download", mimeType: blob.type, bytes });
}

/** Reads a blob or data address of this document, which `connect-src` does not let `fetch` do. */
function fetchLocal(url: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const data = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(url);
    if (data) {
      const [, type = "", base64, body = ""] = data;
      const text = base64 ? atob(body) : decodeURIComponent(body);
      return resolve(
        new Response(
          Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
          { headers: { "content-type": type } },
        ),
      );
    }
    fetch(url).then(resolve, reject);
  });
}
