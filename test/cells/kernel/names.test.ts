import { afterEach, expect, test } from "vitest";
import { resolveGlobal } from "../../../cells/kernel/names.ts";

const traps = ["name", "status", "top", "event", "length", "open", "origin", "close", "parent", "self", "chart"];

afterEach(() => {
  for (const name of traps) Reflect.deleteProperty(globalThis, name);
});

test.each(traps)("%s of a browser's window is not found", (name) => {
  Reflect.set(globalThis, name, "the window's own");
  expect(resolveGlobal(name)).toBeUndefined();
});

test.each(["Math", "fetch", "URL", "structuredClone", "AbortController", "Intl", "queueMicrotask", "globalThis"])(
  "%s of the platform is found",
  (name) => {
    expect(resolveGlobal(name)).toEqual({ value: Reflect.get(globalThis, name) });
  },
);

test("a global of the platform that this one lacks is not found", () => {
  expect(resolveGlobal("IntersectionObserver")).toBeUndefined();
});
