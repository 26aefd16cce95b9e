/** Elements that load what an attribute of theirs names, with that attribute; `link` is read as text. */
const loaders: readonly (readonly [selector: string, attribute: string])[] = [
  ["img, audio, video, source, track, input[type=image]", "src"],
  ["img, source", "srcset"],
  ["video", "poster"],
  ["image", "href"],
  ["image", "xlink:href"],
  ["link[rel~=stylesheet]", "href"],
  ["iframe, embed", "src"],
  ["object", "data"],
];

/** Attributes wait under this name, which loads nothing. */
const waiting = "data-cellar-";

/** Something that an element would load, taken off it. */
export interface Wanted {
  readonly element: Element;
  readonly attribute: string;
  readonly address: string;
}

/** Whether an address is a file of the workspace, something that only the network has, or what the page may load by itself. */
export function kindOf(address: string): "file" | "network" | "own" {
  const text = address.trim();
  if (text === "" || text.startsWith("#")) return "own";
  if (text.startsWith("//")) return "network";
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(text) ?? [];
  if (scheme === undefined) return "file";
  return /^https?$/i.test(scheme) ? "network" : "own";
}

/** The name of the file that an address means: without query and fragment, unescaped. */
export function fileOf(address: string): string {
  const name = address.trim().replace(/[?#].*$/s, "");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Puts the addresses that a page cannot load by itself aside, in every element of a tree that is not in the document yet. */
export function setAside(root: ParentNode): void {
  for (const [selector, attribute] of loaders)
    for (const element of root.querySelectorAll(selector)) {
      const address = element.getAttribute(attribute);
      if (address === null || kindOf(address) === "own") continue;
      element.removeAttribute(attribute);
      element.setAttribute(waiting + attribute.replace(":", "-"), address);
    }
}

/**
 * Until the returned function is called, an address that these elements are given is put aside as well: `htl` writes
 * attributes with values in them when the elements are in the document already.
 */
export function guard(root: ParentNode): () => void {
  const guarded: Element[] = [];
  for (const [selector, attribute] of loaders)
    for (const element of root.querySelectorAll(selector)) {
      guarded.push(element);
      const inner = element.setAttribute.bind(element);
      element.setAttribute = (name, value) =>
        inner(name === attribute && kindOf(String(value)) !== "own" ? waiting + name.replace(":", "-") : name, value);
    }
  return () => {
    for (const element of guarded) Reflect.deleteProperty(element, "setAttribute");
  };
}

/** What was put aside in a tree, its root included; it is wanted once. */
export function takeAside(root: Element | DocumentFragment): readonly Wanted[] {
  const found: Wanted[] = [];
  for (const attribute of new Set(loaders.map(([, name]) => name))) {
    const name = waiting + attribute.replace(":", "-");
    const elements = [...root.querySelectorAll(`[${name}]`)];
    if (root instanceof Element && root.hasAttribute(name)) elements.unshift(root);
    for (const element of elements) {
      found.push({ element, attribute, address: element.getAttribute(name) ?? "" });
      element.removeAttribute(name);
    }
  }
  return found;
}
