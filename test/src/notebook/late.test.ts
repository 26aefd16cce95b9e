import { describe, expect, it } from "vitest";
import { LatePart, MissingPart, withParts } from "../../../src/notebook/late/part.ts";

describe("parts that are fetched late", () => {
  it("are missing until they are fetched, once", async () => {
    let fetches = 0;
    const part = new LatePart("the table", () => Promise.resolve(++fetches));
    expect(() => part.value).toThrow("the table is not fetched yet");
    await part.fetch();
    await part.fetch();
    expect([part.isHere, part.value, fetches]).toEqual([true, 1, 1]);
  });

  it("are fetched for what needs them, one after another", async () => {
    const one = new LatePart("one", () => Promise.resolve(1));
    const two = new LatePart("two", () => Promise.resolve(2));
    expect(await withParts(() => one.value + two.value)).toBe(3);
  });

  it("what fails for another reason fails, and so does a part that cannot be fetched", async () => {
    await expect(withParts(() => JSON.parse("{"))).rejects.toThrow(SyntaxError);
    const gone = new LatePart("gone", () => Promise.reject(new Error("no connection")));
    await expect(withParts(() => gone.value)).rejects.toThrow("no connection");
    expect(() => gone.value).toThrow(MissingPart);
  });
});
