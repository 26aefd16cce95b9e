/** The values of a call whose first is a format, put into it: `%s`, `%d`, `%i`, `%f`, `%o`, `%O`; `%c` styles nothing here. */
export function directed(values: readonly unknown[]): readonly unknown[] {
  const [format, ...rest] = values;
  if (typeof format !== "string" || rest.length === 0 || !/%[sdifoOc]/.test(format)) return values;
  const parts: unknown[] = [];
  let text = "";
  let last = 0;
  for (const { 0: directive, index } of format.matchAll(/%[sdifoOc%]/g)) {
    text += format.slice(last, index);
    last = index + 2;
    if (directive === "%%") text += "%";
    else if (rest.length === 0) text += directive;
    else {
      const value = rest.shift();
      if (directive === "%s") text += String(value);
      else if (directive === "%d" || directive === "%i") text += String(Math.trunc(Number(value)));
      else if (directive === "%f") text += String(Number(value));
      else if (directive !== "%c") {
        if (text !== "") parts.push(text.trim());
        text = "";
        parts.push(value);
      }
    }
  }
  text += format.slice(last);
  if (text.trim() !== "") parts.push(parts.length > 0 ? text.trim() : text);
  return [...parts, ...rest];
}
