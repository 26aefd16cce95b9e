/**
 * Makes what takes secrets out of texts: as they are, and as JSON, base64 (at each of its three offsets), hex and URLs write them.
 * `values` is name → value; a value is replaced by `[secret NAME]`.
 */
export function redactor(values: ReadonlyMap<string, string>): (text: string) => string {
  const forms = new Map<string, string>();
  for (const [name, value] of values)
    for (const form of formsOf(value))
      if (form.length >= shortestForm) forms.set(form.toLowerCase(), `[secret ${name}]`);
  if (forms.size === 0) return (text) => text;
  const sources = [...forms.keys()]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(sources.join("|"), "gi");
  return (text) => text.replace(pattern, (found) => forms.get(found.toLowerCase()) ?? "[secret]");
}

/** shorter parts would be found where they are something else */
const shortestForm = 6;

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].flatMap((shift) => {
    // the characters that the neighbours of the value have a part in are left out
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const from = Math.ceil((shift * 8) / 6);
    const whole = text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString("hex"), ...base64];
}
