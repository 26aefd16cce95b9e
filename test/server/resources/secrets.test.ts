import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { redactor } from "../../../server/resources/redact.ts";
import { Secrets } from "../../../server/resources/secrets.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "cellar-secrets-"))));
afterEach(() => rm(folder, { recursive: true }));

test("a secret is kept encrypted, for its owner alone, and read again by who has the key", async () => {
  const environment = { XDG_CONFIG_HOME: join(folder, "config") };
  const home = join(folder, "workspace/.cellar");
  await new Secrets(home, environment).set("API_TOKEN", "a secret value");
  const again = new Secrets(home, environment);
  expect(await again.value("API_TOKEN")).toBe("a secret value");
  expect(await again.value("OTHER")).toBeNull();
  const text = await readFile(join(home, "secrets.json"), "utf8");
  expect(text).not.toMatch(/a secret value|API_TOKEN/);
  expect((await stat(join(home, "secrets.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "config/cellar/secret.key"))).mode & 0o777).toBe(0o600);
  await expect(new Secrets(home, { XDG_CONFIG_HOME: join(folder, "other") }).value("API_TOKEN")).rejects.toMatchObject({
    code: "secret_unreadable",
    message: expect.stringContaining("this user has no key file, and CELLAR_SECRET_KEY is not set"),
  });
  await expect(new Secrets(home, { CELLAR_SECRET_KEY: "another" }).list()).rejects.toMatchObject({
    code: "secret_unreadable",
  });
  expect(await again.remove("API_TOKEN")).toBe(true);
  expect(await again.remove("API_TOKEN")).toBe(false);
  expect(await again.list()).toEqual([]);
});

test("the environment comes before the file, by its prefix alone", async () => {
  const secrets = new Secrets(folder, { CELLAR_SECRET_KEY: "a phrase", CELLAR_SECRET_A: "from outside", PATH: "/bin" });
  await secrets.set("A", "from the file");
  await secrets.set("B", "from the file");
  expect(await secrets.value("A")).toBe("from outside");
  expect(await secrets.value("PATH")).toBeNull();
  expect(await secrets.list()).toEqual([
    { name: "A", from: "environment" },
    { name: "B", from: "file" },
  ]);
});

test.each([
  ["lower", "long enough", "not a name of a secret"],
  ["SHORT", "1234567", "has 7 characters"],
  ["KEY", "long enough", "is the name of the key itself"],
])("%s is refused", async (name, value, message) => {
  await expect(new Secrets(folder, { CELLAR_SECRET_KEY: "a phrase" }).set(name, value)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(message),
  });
});

test("no form of a secret is left in a text, whatever stands around it", () => {
  const printable = fc.string({ minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(printable, fc.string(), fc.string(), (secret, before, after) => {
      const redact = redactor(new Map([["S", secret]]));
      expect(redact(before + secret + after)).not.toContain(secret);
      const packed = Buffer.from(before + secret + after).toString("base64");
      const own = Buffer.from(secret).toString("base64").replace(/=+$/, "");
      if (packed.includes(own)) expect(redact(packed)).not.toContain(own);
      expect(redact(Buffer.from(secret).toString("hex").toUpperCase())).toBe("[secret S]");
      expect(redact(`x ${encodeURIComponent(secret)} y`)).not.toContain(encodeURIComponent(secret));
    }),
  );
});
