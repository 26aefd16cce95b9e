import { AppError } from "../errors.ts";
import { nearest } from "../model/nearest.ts";

/** The params that a notebook declares: name → default. */
export interface DeclaredParams {
  /** path of the notebook */
  readonly notebook: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What kind of value a param takes, by its default. A default of null takes any. */
type ParamType = "string" | "number" | "boolean" | "array" | "object" | "any";

/** A JSON Schema (2020-12) of the params that a notebook declares, for a form or another program. */
export function paramsSchema(params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const properties = Object.entries(params).map(([name, value]) => {
    const type = typeOf(value);
    return [name, { ...(type === "any" ? {} : { type }), default: value }] as const;
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/**
 * The params of a request as the notebooks take them: a number or truth value where a text is wanted becomes one, as `--param zip=12345`
 * means. Throws `usage` for a name that no notebook declares, with the nearest that one does, and for a value of another kind.
 */
export function conformParams(
  given: Readonly<Record<string, unknown>>,
  declared: readonly DeclaredParams[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const takers = declared.filter(({ params }) => Object.hasOwn(params, name));
      if (takers.length === 0) throw new AppError("usage", unknown(name, declared));
      for (const { notebook, params } of takers) {
        const type = typeOf(params[name]);
        const isText = type === "string" && (typeof value === "number" || typeof value === "boolean");
        if (type !== "any" && type !== typeOf(value) && !isText)
          throw new AppError(
            "usage",
            `param ${name} is ${wordOf(type)} in ${notebook}, as ${JSON.stringify(params[name])}; got ${JSON.stringify(value)}`,
          );
      }
      const wantsText = takers.every(({ params }) => typeof params[name] === "string");
      return [name, wantsText ? String(value) : value];
    }),
  );
}

function unknown(name: string, declared: readonly DeclaredParams[]): string {
  const names = [...new Set(declared.flatMap(({ params }) => Object.keys(params)))].sort();
  if (names.length === 0)
    return `no notebook has params, so ${name} cannot be given; declare it by params='{"${name}": …}'`;
  const close = nearest(name, names);
  return `no notebook has a param ${name}; ${close === null ? `there are ${names.join(", ")}` : `did you mean ${close}?`}`;
}

function typeOf(value: unknown): ParamType {
  if (value === null || value === undefined) return "any";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}

function wordOf(type: ParamType): string {
  switch (type) {
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return "an object";
    case "number":
      return "a number";
    case "any":
      return "a value";
  }
}
