import { globalNames, platformNames } from "../compile/global-names.ts";

/**
 * The value of a name that neither a cell nor a built-in has: a global of JavaScript or of the platform, where the
 * platform has it. What else a browser's window happens to own (`name`, `status`, `top`, elements by their id) is not
 * found, so that a missing asset is an error and not a value of the window's.
 */
export function resolveGlobal(name: string): { readonly value: unknown } | undefined {
  const known = globalNames.has(name) || platformNames.has(name) || isConstructorName(name) || isEventMethod(name);
  if (!known || !(name in globalThis)) return undefined;
  const value: unknown = Reflect.get(globalThis, name);
  return { value };
}

function isConstructorName(name: string): boolean {
  return /^[A-Z]/.test(name) && Object.hasOwn(globalThis, name);
}

function isEventMethod(name: string): boolean {
  return name === "addEventListener" || name === "removeEventListener" || name === "dispatchEvent";
}
