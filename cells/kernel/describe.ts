/** What a value is, in words, with its article: for messages. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "function":
      return /^class\b/.test(Function.prototype.toString.call(value)) ? "a class" : "a function";
    case "symbol":
      return "a symbol";
    case "bigint":
      return "a bigint";
    case "number":
      return Number.isFinite(value) ? "a number" : `the number ${value}`;
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "undefined":
      return "undefined";
    case "object":
      break;
  }
  return describeObject(Object(value));
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if ("nodeType" in value && "nodeName" in value) {
    const name = String(value.nodeName).toLowerCase();
    if (name === "svg") return "an SVG element";
    return value.nodeType === 1 ? `a <${name}> element` : "a DOM node";
  }
  if (value instanceof Promise) return "a promise";
  if (value instanceof Error) return "an error";
  const { constructor } = value;
  const name = typeof constructor === "function" ? constructor.name : "";
  if (name === "" || name === "Object") return "an object";
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}
