import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkName, isInside, resolveName } from "../../../server/workspace/paths.ts";
import { rawRequest } from "../../support/raw-request.ts";
import { startServer } from "../../support/workspace.ts";

/** A17: what a name-bearing field may never accept. */
const refused: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["the parent", "../x.html"],
  ["the parent, alone", ".."],
  ["here", "."],
  ["the parent, within", "a/../../x.html"],
  ["an encoded slash, decoded once", "..%2fx.html"],
  ["an absolute path", "/etc/x.html"],
  ["two slashes", "a//b.html"],
  ["a slash at the end", "a/"],
  ["a drive", "C:\\x.html"],
  ["a network share", "\\\\evil\\s.html"],
  ["a backslash", "a\\..\\x.html"],
  ["NUL", "x\0.html"],
  ["a line end", "x\n.html"],
  ["an escape", "x\u001b[2J.html"],
  ["a stream of NTFS", "nb.html::$DATA"],
  ["a device", "CON"],
  ["a device with an extension", "con.html"],
  ["a device in a folder", "a/LPT1.html"],
  ["a dot at the end", "a."],
  ["a space at the end", "a "],
  ["a dot at the end of a folder", "a./b.html"],
  ["a home", "~root"],
  ["a hidden file", ".env"],
  ["the folder of facts", ".cellar/token"],
  ["a hidden folder, within", "a/.git/config"],
  ["300 characters", `${"x".repeat(300)}.html`],
  ["201 bytes in fewer characters", `${"é".repeat(98)}.html`],
  ["a lone surrogate", "x\ud800.html"],
  ["right to left", "x\u202elmth.exe"],
  ["zero width", "a\u200bb.html"],
  ["a byte order mark", "\ufeffa.html"],
  ["not in normal form C (A20)", "Cafe\u0301.html"],
  ["a wildcard", "*.html"],
  ["a pipe", "a|b.html"],
];

describe("checkName", () => {
  it.each(refused)("A17 refuses %s", (_, name) => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: "path_invalid" }) as Error);
  });

  it.each([
    "a.html",
    "team/sales.html",
    "Café.html",
    "売上/2026.html",
    "🍷.html",
    "a b (1).html",
    "a..b.html",
    "..a.html".slice(2),
    "%2e%2e.html",
    "conference.html",
    "x".repeat(195) + ".html",
  ])("accepts %s, unchanged", (name) => {
    expect(checkName(name)).toBe(name);
  });
});

describe("isInside", () => {
  it.each([
    ["/srv/ws", "/srv/ws", true],
    ["/srv/ws", "/srv/ws/a", true],
    ["/srv/ws", "/srv/ws/..a", true],
    ["/srv/ws", "/srv/ws-secret/f", false],
    ["/srv/ws", "/srv", false],
    ["/srv/ws", "/srv/ws/../x", false],
    ["/srv/ws", "/etc/passwd", false],
    ["/", "/etc", true],
  ])("A18 in %s, %s: %s", (base, path, inside) => {
    expect(isInside(base, path)).toBe(inside);
  });
});

describe("resolveName", () => {
  let outer = "";
  let root = "";
  beforeAll(async () => {
    outer = await realpath(await mkdtemp(join(tmpdir(), "cellar-paths-")));
    root = join(outer, "ws");
    await mkdir(join(root, "team"), { recursive: true });
    await mkdir(join(outer, "ws-secret"));
    await writeFile(join(outer, "ws-secret/f.html"), "secret");
    await writeFile(join(root, "team/a.html"), "a");
    await symlink(join(root, "team"), join(root, "inner"));
    await symlink(join(outer, "ws-secret"), join(root, "folder"));
    await symlink(join(outer, "ws-secret/f.html"), join(root, "file.html"));
    await symlink("../ws-secret/f.html", join(root, "relative.html"));
    await symlink(join(outer, "nowhere.html"), join(root, "dangling.html"));
    await symlink(join(root, "loop.html"), join(root, "loop.html"));
  });
  afterAll(() => rm(outer, { recursive: true }));

  it.each(["folder/f.html", "folder/new.html", "file.html", "relative.html", "folder/deep/er.html"])(
    "A18 %s leads out by a link, and is refused",
    async (name) => {
      await expect(resolveName(root, name)).rejects.toMatchObject({
        code: "path_invalid",
        message: expect.stringContaining("a link that leads out of the workspace"),
      });
    },
  );

  it("follows a link that stays inside, and names files that are not there yet", async () => {
    expect(await resolveName(root, "inner/a.html")).toBe(join(root, "team/a.html"));
    expect(await resolveName(root, "inner/new/b.html")).toBe(join(root, "team/new/b.html"));
    expect(await resolveName(root, "x/y/z.html")).toBe(join(root, "x/y/z.html"));
  });

  it("A18 a workspace that is reached by a link is the folder behind it", async () => {
    await symlink(root, join(outer, "alias"));
    expect(await resolveName(join(outer, "alias"), "team/a.html")).toBe(join(root, "team/a.html"));
  });

  it.each(["dangling.html", "loop.html"])("A18 %s, a link to nothing, is not written through", async (name) => {
    await expect(resolveName(root, name)).rejects.toMatchObject({ code: "path_invalid" });
  });
});

describe("over HTTP", () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let outside = "";
  beforeAll(async () => {
    server = await startServer({ "a.html": "<notebook></notebook>" });
    outside = `${server.path}-secret`;
    await mkdir(outside);
    await writeFile(join(outside, "f.html"), "secret");
    await writeFile(join(outside, "f.csv"), "x\n1\n");
    await symlink(outside, join(server.path, "link"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(outside, { recursive: true });
  });

  const ask = async (method: string, path: string, body?: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(server.origin + path, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body === undefined
          ? {}
          : { "content-type": typeof body === "string" ? "application/json" : "application/octet-stream" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  };
  const isWellFormed = ([, name]: readonly [string, string]) => name.isWellFormed() && name !== "";
  const asNames = refused.filter(isWellFormed).map(([what, name]) => [what, encodeURIComponent(name)] as const);

  it.each([...asNames, ["encoded twice", "%252e%252e%252fx.html"], ["by a link", "link%2Ff.html"]] as const)(
    "A17 A18 %s: every field that bears a name refuses it, and nothing outside changes",
    async (_, name) => {
      const answers = [
        await ask("GET", `/api/notebooks/${name}`),
        await ask("PUT", `/api/notebooks/${name}`, JSON.stringify({ text: "<notebook></notebook>", base: "0" })),
        await ask("DELETE", `/api/notebooks/${name}?base=0`),
        await ask("POST", `/api/notebooks/${name}/publish`, "{}"),
        await ask("POST", `/api/notebooks/${name}/trust`, JSON.stringify({ revision: "0" })),
        await ask("GET", `/api/files/${name}`),
        await ask("GET", `/api/assets/${name}/materializations`),
        await ask("GET", `/api/assets/${name}/data`),
        await ask("GET", `/api/hydration/${name}`),
      ];
      for (const { status, text } of answers) {
        expect([status, text]).toEqual([expect.any(Number), text]);
        // a name that no notebook has is simply unknown to what looks it up in a table
        expect(status === 200 ? text : "").toMatch(/^$|^{"facts":\[\],/);
        expect(status).toBeLessThan(500);
        expect(text).not.toContain("secret");
      }
      expect(await readFile(join(outside, "f.html"), "utf8")).toBe("secret");
    },
  );

  it("A18 a folder that is swapped for a link while the server runs is refused from then on", async () => {
    await ask("PUT", "/api/files/data%2Fa.csv", new TextEncoder().encode("x\n1\n"));
    expect((await ask("GET", "/api/files/data%2Fa.csv")).text).toBe("x\n1\n");
    await rename(join(server.path, "data"), join(server.path, "data-before"));
    await symlink(outside, join(server.path, "data"));
    expect((await ask("GET", "/api/files/data%2Ff.csv")).status).toBe(400);
    expect((await ask("PUT", "/api/files/data%2Fnew.csv", new TextEncoder().encode("y"))).status).toBe(400);
  });

  it.each(["..", ".", "%2e%2e", "%252e%252e", "*", "00000000-0000-0000-0000-000000000000"])(
    "A19 %s as the id of a run or link removes and cancels nothing",
    async (id) => {
      const { store } = server.workspace;
      const { port, host } = new URL(server.origin);
      const before = await store.lastSeq();
      for (const [method, path, body] of [
        ["GET", `/api/runs/${id}`, ""],
        ["POST", `/api/runs/${id}/cancel`, "{}"],
        ["POST", `/api/runs/${id}/retry`, "{}"],
        ["GET", `/api/runs/${id}/events`, ""],
        ["DELETE", `/api/shares/${id}`, ""],
      ] as const) {
        // a client would take the dots out of the path
        const { status } = await rawRequest(
          Number(port),
          `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${server.token}\r\n${body === "" ? "" : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`}\r\n${body}`,
        );
        expect([path, [400, 404, 405].includes(status)]).toEqual([path, true]);
      }
      expect(await store.lastSeq()).toBe(before);
    },
  );

  it("A20 a name that is taken is never overwritten: 409 for a notebook, a number for a file", async () => {
    const text = JSON.stringify({ text: "<notebook>another</notebook>", base: null });
    expect((await ask("PUT", "/api/notebooks/a.html", text)).status).toBe(409);
    expect(await readFile(join(server.path, "a.html"), "utf8")).toBe("<notebook></notebook>");
    const names = [];
    for (let n = 0; n < 3; n++)
      names.push(JSON.parse((await ask("PUT", "/api/files/x.v1%2Fnotes", new TextEncoder().encode(String(n)))).text));
    expect(names).toEqual([
      { name: "x.v1/notes", bytes: 1 },
      { name: "x.v1/notes-1", bytes: 1 },
      { name: "x.v1/notes-2", bytes: 1 },
    ]);
  });
});
