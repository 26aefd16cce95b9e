import { AppError } from "../errors.ts";

/** An attribute in the text of a start tag. Of several with one name, HTML takes the first. */
interface TagAttribute {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** where its value begins, behind the quote; null where it has none */
  readonly valueStart: number | null;
  /** it ends in `=`, without a value */
  readonly open: boolean;
}

/** A start tag with these attributes, in this order. */
export function writeStartTag(name: string, attributes: Readonly<Record<string, string>>): string {
  return `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${writeAttribute(key, value)}`)
    .join("")}>`;
}

/**
 * The text of a start tag with some attributes changed, or removed where the value is null. Everything else in it stays:
 * order, quoting, white space, repeated names. A new `id` goes first, other new attributes last.
 */
export function editStartTag(tag: string, changes: ReadonlyMap<string, string | null>): string {
  const { nameEnd, attributes } = scanStartTag(tag);
  const edits: { start: number; end: number; text: string }[] = [];
  const added: string[] = [];
  const touched = new Set<TagAttribute>();
  for (const [name, value] of changes) {
    const present = attributes.filter((attribute) => attribute.name === name);
    const first = present[0];
    if (value !== null && first !== undefined) {
      touched.add(first);
      edits.push({ start: first.start, end: first.end, text: writeAttribute(name, value) });
    } else if (value !== null && name === "id")
      edits.push({ start: nameEnd, end: nameEnd, text: ` ${writeAttribute(name, value)}` });
    else if (value !== null) added.push(` ${writeAttribute(name, value)}`);
    else
      for (const attribute of present) {
        touched.add(attribute);
        const before = tag.slice(0, attribute.start).trimEnd().length;
        const separated = /[\t\n\f\r />]/.test(tag.charAt(attribute.end));
        edits.push({ start: separated ? before : attribute.start, end: attribute.end, text: "" });
      }
  }
  const last = attributes.at(-1);
  const end = last?.end ?? nameEnd;
  const close = last?.open && !touched.has(last) ? `""` : "";
  if (added.length > 0) edits.push({ start: end, end, text: close + added.join("") });
  return applyEdits(tag, edits);
}

/** Replaces ranges of a text. Ranges do not overlap; of two that start together, an empty one goes first. */
export function applyEdits(
  text: string,
  edits: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): string {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const pieces: string[] = [];
  let at = 0;
  for (const edit of sorted) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  pieces.push(text.slice(at));
  return pieces.join("");
}

/** Escapes the text of a `<title>`. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("\u00a0", "&nbsp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

/**
 * Where an attribute stands in the text of a start tag: its name, or, where `at` is given, that offset of its value as it was
 * decoded. Null where the tag has no such attribute.
 */
export function attributeOffset(tag: string, name: string, at: number | null): number | null {
  const found = scanStartTag(tag).attributes.find((attribute) => attribute.name === name);
  if (found === undefined) return null;
  if (at === null || found.valueStart === null) return found.start;
  let offset = found.valueStart;
  for (let left = at; left > 0 && offset < found.end; left--)
    offset +=
      /^(?:&(?:#\d+|#x[\da-f]+|amp|lt|gt|quot|apos|nbsp);?|\r\n|[^])/i.exec(tag.slice(offset, offset + 12))?.[0]
        .length ?? 1;
  return offset;
}

/** The names of attributes that a start tag has more than once, of which HTML takes the first. */
export function repeatedAttributes(tag: string): readonly string[] {
  const names = scanStartTag(tag).attributes.map(({ name }) => name);
  return names.length === new Set(names).size ? [] : [...new Set(names.filter((name, at) => names.indexOf(name) < at))];
}

function writeAttribute(name: string, value: string): string {
  if (!/^[^\s"'<>/=A-Z\0]+$/.test(name))
    throw new AppError(
      "attribute_invalid",
      `invalid attribute name: ${JSON.stringify(name)}; write lower-case letters, digits and -`,
      { data: { attribute: name } },
    );
  const escaped = value
    .replaceAll("&", "&amp;")
    .replaceAll("\u00a0", "&nbsp;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
  return `${name}="${escaped}"`;
}

/** Finds the attributes of a start tag, by the tokenizer of HTML (WHATWG 13.2.5.32 to 13.2.5.39). */
function scanStartTag(tag: string): { readonly nameEnd: number; readonly attributes: readonly TagAttribute[] } {
  const isSpace = (at: number) => /[\t\n\f\r ]/.test(tag.charAt(at));
  const skip = (from: number, test: (at: number) => boolean) => {
    let at = from;
    while (at < tag.length && test(at)) at++;
    return at;
  };
  const nameEnd = skip(1, (at) => !isSpace(at) && tag[at] !== "/" && tag[at] !== ">");
  const attributes: TagAttribute[] = [];
  let at = nameEnd;
  for (;;) {
    const start = skip(at, (i) => isSpace(i) || tag[i] === "/");
    if (start >= tag.length || tag[start] === ">") return { nameEnd, attributes };
    const endOfName = skip(start + 1, (i) => !isSpace(i) && !["/", ">", "="].includes(tag.charAt(i)));
    const name = tag
      .slice(start, endOfName)
      .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      .replaceAll("\0", "\ufffd");
    const equals = skip(endOfName, isSpace);
    let end = endOfName;
    let open = false;
    let valueStart: number | null = null;
    if (tag[equals] === "=") {
      const value = skip(equals + 1, isSpace);
      const quote = tag.charAt(value);
      open = quote === ">";
      valueStart = open ? null : quote === '"' || quote === "'" ? value + 1 : value;
      if (open) end = equals + 1;
      else if (quote === '"' || quote === "'") end = skip(value + 1, (i) => tag[i] !== quote) + 1;
      else end = skip(value, (i) => !isSpace(i) && tag[i] !== ">");
    }
    attributes.push({ name, start, end, valueStart, open });
    at = end;
  }
}
