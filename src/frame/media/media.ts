import { messageOf } from "../../../cells/errors.ts";
import { fileOf, guard, kindOf, setAside, takeAside, type Wanted } from "./addresses.ts";
import { FileBlobs, type ReadFile } from "./file-blobs.ts";

/** What a run of a cell lends to what it shows. */
export interface Lifetime {
  /** aborts when the run is over, and with it what it showed */
  readonly signal: AbortSignal;
}

type Tag = (strings: TemplateStringsArray, ...values: readonly unknown[]) => unknown;

/**
 * Pictures, films and style sheets of the workspace in what cells make. The page can load none of them by itself: it has
 * no network. Their addresses are put aside before the elements are part of the document, and come back as blobs.
 */
export class Media {
  readonly #read: ReadFile;
  readonly #blobs: FileBlobs;

  constructor(read: ReadFile) {
    this.#read = read;
    this.#blobs = new FileBlobs(read);
  }

  /** Settles a tree that is not in the document yet. */
  settle(root: Element | DocumentFragment, life: Lifetime): void {
    setAside(root);
    this.#load(root, life);
  }

  /**
   * A tag of `htl` whose elements load from the workspace. It brings what it parsed into the document by `importNode`, so
   * that is where addresses are put aside; what the tag writes afterwards is guarded until it is done.
   */
  tag(tag: Tag, life: Lifetime): Tag {
    return (strings, ...values) => {
      const guards: (() => void)[] = [];
      document.importNode = (node, options) => {
        if (node instanceof DocumentFragment) setAside(node);
        const imported = Reflect.apply(Document.prototype.importNode, document, [node, options]) as typeof node;
        if (imported instanceof DocumentFragment) guards.push(guard(imported));
        return imported;
      };
      let made: unknown;
      try {
        made = tag(strings, ...values);
      } finally {
        Reflect.deleteProperty(document, "importNode");
        for (const release of guards) release();
      }
      if (made instanceof Element || made instanceof DocumentFragment) {
        setAside(made);
        this.#load(made, life);
      }
      return made;
    };
  }

  #load(root: Element | DocumentFragment, life: Lifetime): void {
    for (const wanted of takeAside(root)) {
      if (kindOf(wanted.address) === "network" || wanted.element.matches("iframe, embed, object")) refuse(wanted);
      else if (wanted.element.localName === "link") void this.#style(wanted, life);
      else if (wanted.attribute === "srcset") this.#choices(wanted, life);
      else this.#picture(wanted, life);
    }
  }

  #picture(wanted: Wanted, { signal }: Lifetime): void {
    const { element, attribute, address } = wanted;
    this.#blobs.use(
      fileOf(address),
      signal,
      (url) => {
        element.setAttribute(attribute, url);
        // a film whose sources came after it looks at them when it is told to
        const film = element.localName === "source" ? element.parentElement : null;
        if (film instanceof HTMLMediaElement && film.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) film.load();
      },
      (error) => note(element, missing(address, error)),
    );
  }

  /** `srcset`: addresses with widths, each a blob of its own. */
  #choices({ element, attribute, address }: Wanted, { signal }: Lifetime): void {
    const choices = address
      .split(/,\s+|,(?=\S+\s)/)
      .map((choice) => choice.trim().split(/\s+/))
      .map(([from = "", ...width]) => ({ from, width: width.join(" "), url: "" }));
    for (const choice of choices) {
      const ready = (url: string): void => {
        choice.url = url;
        if (choices.every((other) => other.url !== ""))
          element.setAttribute(attribute, choices.map((other) => `${other.url} ${other.width}`.trim()).join(", "));
      };
      if (kindOf(choice.from) !== "file") ready(choice.from);
      else this.#blobs.use(fileOf(choice.from), signal, ready, (error) => note(element, missing(choice.from, error)));
    }
  }

  /** A style sheet stands as text where the link was. */
  async #style({ element, address }: Wanted, { signal }: Lifetime): Promise<void> {
    try {
      const { bytes } = await this.#read(fileOf(address));
      if (signal.aborted) return;
      const style = document.createElement("style");
      style.textContent = new TextDecoder().decode(bytes);
      element.after(style);
    } catch (error) {
      if (!signal.aborted) note(element, missing(address, error));
    }
  }
}

/** Says in its place why something is not shown. */
function refuse({ element, address }: Wanted): void {
  const url = address.trim().replace(/^\/\//, "https://");
  if (kindOf(address) !== "network")
    return note(element, `${address} is a page, which cannot be shown inside a notebook; link to it instead`);
  const link = document.createElement("a");
  link.href = url;
  link.textContent = url;
  const isPage = element.matches("iframe, embed, object, link");
  note(
    element,
    link,
    isPage
      ? " is on the network, which notebooks do not reach; open it in a page of its own"
      : " is on the network, which notebooks do not reach; save it beside the notebook and write its name here",
  );
}

function missing(address: string, error: unknown): string {
  return `${fileOf(address)} is not shown: ${messageOf(error)}`;
}

/** A note behind an element, which keeps its place. An element that stands nowhere yet gets it when it does. */
function note(element: Element, ...content: readonly (string | Node)[]): void {
  const show = (): void => {
    const anchor = element.closest("video, audio, picture, svg, object") ?? element;
    if (anchor.nextElementSibling?.classList.contains("not-shown")) return;
    const text = document.createElement("span");
    text.className = "not-shown";
    text.setAttribute("role", "note");
    text.append(...content);
    anchor.after(text);
    anchor.toggleAttribute("hidden", true);
  };
  if (element.parentNode !== null) show();
  else requestAnimationFrame(show);
}
