/** An object of a bucket. */
export interface S3Object {
  readonly key: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly modifiedAt: number;
}

/**
 * Reads a page of ListObjectsV2, whose names are encoded as URLs (`encoding-type=url`). Null where it is none. Its XML is flat, and
 * made by a server: no parser is needed for a handful of elements that have no attributes and no children of their name.
 */
export function readObjectPage(
  xml: string,
): { readonly objects: readonly S3Object[]; readonly next: string | null } | null {
  if (!/<ListBucketResult[\s>]/.test(xml)) return null;
  const objects = Array.from(xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g), ([, inner = ""]) => ({
    key: decodeName(textIn(inner, "Key") ?? ""),
    bytes: Number(textIn(inner, "Size") ?? 0),
    modifiedAt: Date.parse(textIn(inner, "LastModified") ?? "") || 0,
  }));
  return { objects, next: textIn(xml, "IsTruncated") === "true" ? textIn(xml, "NextContinuationToken") : null };
}

/** The text of the first element of a name. */
export function textIn(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? null : text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (_all, of: string) => entity(of));
}

function entity(of: string): string {
  if (of.startsWith("#x")) return String.fromCodePoint(parseInt(of.slice(2), 16));
  if (of.startsWith("#")) return String.fromCodePoint(parseInt(of.slice(1), 10));
  return { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }[of] ?? `&${of};`;
}

/** Form encoding: `+` is a space. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
