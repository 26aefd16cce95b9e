import { describe, expect, test } from "vitest";
import { loginCodeIn, Session } from "../../../src/remote/session.ts";

const code = "a".repeat(43);

describe("the login of a browser", () => {
  test.each([
    [`http://127.0.0.1:4400/#login=${code}`, code],
    [`#login=${code}`, code],
    [` ${code} `, code],
    ["#login=short", null],
    [`https://evil.example/#token=${code}`, null],
    [`#login=${code}&next=//evil`, null],
    ["", null],
  ])("the code in %s", (text, found) => expect(loginCodeIn(text)).toBe(found));

  test("a token is kept, shared with other tabs, and forgotten", () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    };
    const one = new Session(storage);
    const two = new Session(storage);
    let told = 0;
    two.onChange(() => told++);
    one.set(code);
    two.reload();
    two.reload();
    expect([two.token, told]).toEqual([code, 1]);
    one.set(null);
    two.reload();
    expect([two.token, told, stored.size]).toEqual([null, 2, 0]);
  });

  test("without storage, or with one that refuses, the token lives as long as the page", () => {
    const refuse = (): never => {
      throw new DOMException("no", "SecurityError");
    };
    const session = new Session({ getItem: refuse, setItem: refuse, removeItem: refuse });
    session.set(code);
    session.reload();
    expect(session.token).toBe(null);
    const memory = new Session(null);
    memory.set(code);
    memory.reload();
    expect(memory.token).toBe(code);
  });
});
