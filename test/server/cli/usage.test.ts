import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../../server/cli/command-table.ts";
import { temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, files, lines } from "./cellar.ts";

describe("wrong usage exits 2 with one line that says what is right", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each([
    [["wat"], /^cellar: unknown command "wat"; there are serve, check, list/],
    [["lsit"], /^cellar: unknown command "lsit"; did you mean list\? there are serve, /],
    [["list", "--selct", "x"], /^cellar list: Unknown option '--selct'; did you mean --select\? cellar list --help/],
    [["list", "--select", "a", "--select", "b"], /^cellar list: --select stands twice; write it once/],
    [["history", "a/x", "b"], /^cellar history: one argument too many: "b"; write cellar history KEY$/m],
    [
      ["run", "--select", "sales/ordrs"],
      /nothing is selected by "sales\/ordrs"; did you mean sales\/orders\? cellar list/,
    ],
    [
      ["ticks", "sales", "--from", "2026-02-01", "--to", "2026-01-01"],
      /--to 2026-01-01T.* is not after --from 2026-02-01T/,
    ],
    [["list", "--wat"], /^cellar list: Unknown option '--wat'; did you mean --at\? cellar list --help/],
    [["list", "--select"], /^cellar list: --select needs a value; .*; cellar list --help/],
    [["list", "extra"], /^cellar list: Unexpected argument 'extra'/],
    [["list", "--select", "(sales/orders"], /^cellar list: /],
    [["list", "--select", "owner:team:x"], /a value that has a : stands in quotes, as in owner:"team:flights"/],
    [
      ["list", "--select", "status:misssing"],
      /status: cannot be "misssing"; did you mean missing\? it asks for fresh, /,
    ],
    [["list", "--select", "partitions:daily"], /it asks for none, static, dynamic, time, multipartitions/],
    [["list", "--select", "ownr:ann"], /there is no attribute ownr; did you mean owner\? there are key, file, tag, /],
    [["list", "--at", "yesterday"], /^cellar list: not a time: "yesterday"; write it as 2026-01-31T09:00:00Z/],
    [["history", "sales/orders", "--at", "2026-01-31T09:00:00Z"], /^cellar history: --at goes with what only plans/],
    [["run", "--at", "2026-01-31T09:00:00Z"], /^cellar run: --at goes with what only plans/],
    [["run", "--select", "sales/nothing"], /^cellar run: /],
    [["run", "--param", "x"], /^cellar run: not a param: "x"; write --param name=value/],
    [["run", "--partition", "2026"], /^cellar run: .*leave --partition out/],
    [["plan", "--partition", "2026"], /^cellar plan: .*leave --partition out/],
    [["logs"], /^cellar logs: cellar logs needs the id of a run/],
    [["cancel"], /needs the id of a run/],
    [["retry"], /needs the id of a run/],
    [["history"], /needs the key of an asset/],
    [["history", "nokey"], /^cellar history: invalid asset key: "nokey"; write notebook\/name/],
    [["history", "sales/orders", "--limit", "many"], /^cellar history: not a number: --limit "many"/],
    [["runs", "--limit", "-1"], /^cellar runs: --limit needs a value/],
    ...[["run"], ["job", "nightly"], ["backfill"], ["retry", "x"]].map(
      (words) => [[...words, "--detach"], /--detach leaves the work to a server, and none has this workspace/] as const,
    ),
    [["runs", "--limit=-1"], /^cellar runs: not a number: --limit "-1"/],
    [["export", "sales/orders"], /needs -o FILE/],
    [["export", "sales/orders", "-o", "x", "--format", "xls"], /unknown format "xls"; choose parquet/],
    [["alerts", "--test"], /^cellar alerts: which alert\? write cellar alerts NAME --test/],
    [["alerts", "ops"], /^cellar alerts: no alert is named "ops"; cellar alerts lists/],
    [["secret"], /^cellar secret: what is to be done\? write cellar secret set NAME/],
    [["secret", "get", "X"], /^cellar secret: "get" is no action on secrets; write/],
    [["publish"], /needs the path of a notebook/],
    [["publish", "../x.html"], /^cellar publish: /],
    [["share", "--days", "0"], /not a number of days: "0"/],
    [["ticks"], /^cellar ticks: no notebook ""/],
    [["ticks", "fails"], /fails\.html has no schedule/],
    [["ticks", "sales", "--from", "x"], /not a time: "x"/],
    [["check", "none.html"], /^cellar check: no notebook at none\.html/],
    [["serve", "--port", "99999"], /^cellar serve: not a port: "99999"/],
    [["serve", "--host", "0.0.0.0"], /can be reached from other machines; add --exposed/],
    [["login"], /^cellar login: no server has this workspace/],
    [["list", "--select", "ordrs"], /^cellar list: nothing is selected by "ordrs"; did you mean orders\?/],
    [["lineage", "--select", "orders or sales/none"], /^cellar lineage: nothing is selected by "sales\/none"; /],
    [["checks", "sales/none"], /^cellar checks: nothing is selected by "sales\/none"; .*cellar list shows the keys/],
    [["freshness", "sales/orders", "sales/none"], /^cellar freshness: nothing is selected by "sales\/none"; /],
    [["backfill", "--select", "none", "--dry-run"], /^cellar backfill: nothing is selected by "none"; /],
    [["history", "sales/orders", "--partition", "2026"], /sales\/orders has no partitions, .*leave --partition out/],
    [
      ["series", "sales/orders", "rows", "--partition", "x"],
      /sales\/orders has no partitions, .*leave --partition out/,
    ],
    [
      ["query", "SELECT 1", "--notebook", "sale.html"],
      /no notebook at sale\.html; did you mean sales\.html\? give its path/,
    ],
    ...["runs", "backfills", "history sales/orders", "sensors x", "query x"].map(
      (words) =>
        [[...words.split(" "), "--limit", "0"], /: --limit 0 asks for nothing; give it 1 or more, as in 50/] as const,
    ),
    [["runs", "--tag", "=x"], /^cellar runs: not a tag: "=x"; write name=value, or a name alone/],
    [["run", "--param", "x=1", "--param", "x=2"], /^cellar run: --param x stands twice; write it once/],
    [["run", "--tag", "x=1", "--tag", "x=2"], /^cellar run: --tag x stands twice; write it once/],
    [["list", "--branch", ""], /^cellar list: --branch is empty; give it NAME, or leave it out/],
    [["serve", "--port", ""], /^cellar serve: --port is empty; give it PORT, or leave it out/],
    [["backfill", "--dry-run", "--param", "x=1"], /^cellar backfill: no notebook has (?:params|a param x)/],
    [["backfill", "--dry-run", "--detach"], /--detach does nothing beside --dry-run; leave one of the two out/],
    [["backfill", "--status", "x", "--force"], /--force does nothing beside --status; leave one of the two out/],
    [["share", "--list", "--days", "3"], /--days does nothing beside --list/],
    [["automation", "--limit", "3"], /--limit goes with the decisions of one asset/],
    [["automation", "x", "--pause", "sales"], /one argument too many: "x"; write cellar automation --pause KEY/],
    [["sensors", "--limit", "3"], /--limit goes with the ticks of one sensor/],
    [["ticks", "sales", "--limit", "3"], /--limit goes with --history/],
    [["partitions", "x", "--add", "k", "--remove", "k"], /"k" is to be added and removed; say one of the two/],
    [["branch", "diff", "dev", "--select", "x"], /--select does nothing beside diff/],
    [["branch", "promote", "dev", "x"], /one argument too many: "x"; write cellar branch promote NAME/],
    [["signal"], /^cellar signal: cellar signal needs a name/],
    [["signal", "x"], /^cellar signal: no condition asks for signal "x"; a published cell does by automation=/],
    [["signal", "x", "--on", "--off"], /--on and --off are opposites; give one of them/],
    [["secret", "list", "x"], /one argument too many: "x"; write cellar secret list/],
  ] as const)("cellar %j", async (args, message) => {
    const isCommand = args[0] !== "wat" && args[0] !== "lsit";
    const said = await cellar([...args, ...(isCommand ? ["--workspace", folder.path] : [])]);
    expect({ code: said.code, out: said.out, lines: lines(said.err).length }).toEqual({ code: 2, out: "", lines: 1 });
    expect(said.err).toMatch(message);
  });

  it("a list of nothing says so", async () => {
    const select = ["--select", "tag:nobody", "--workspace", folder.path];
    expect(await cellar(["list", ...select])).toEqual({
      code: 0,
      out: 'nothing is selected by "tag:nobody"; cellar list shows the keys there are\n',
      err: "",
    });
    expect(await cellar(["list", ...select, "--json"])).toMatchObject({ code: 0, out: '{"assets":[]}\n' });
  });

  it("no command says what there is; help is no error", async () => {
    expect(await cellar([])).toMatchObject({ code: 2, out: expect.stringContaining("cellar COMMAND --help") });
    expect(await cellar(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("cellar COMMAND --help") });
    expect(await cellar(["run", "--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--force") });
    expect(await cellar(["help", "run"])).toEqual(await cellar(["run", "--help"]));
    // what it would refuse is not offered
    expect((await cellar(["run", "--help"])).out).not.toContain("--at TIME");
    expect((await cellar(["plan", "--help"])).out).toContain("--at TIME");
  });

  it("every command is found by its own name", async () => {
    for (const [name, load] of commands) expect((await load()).name).toBe(name);
  });

  it("a workspace that is not there, or is a file", async () => {
    for (const path of [join(folder.path, "none"), join(folder.path, "sales.html")])
      for (const command of ["list", "check", "ticks", "serve"]) {
        const said = await cellar([command, ...(command === "ticks" ? ["sales"] : []), "--workspace", path]);
        expect({ command, code: said.code, lines: lines(said.err).length }).toEqual({ command, code: 2, lines: 1 });
        expect(said.err).toContain(`not a folder: ${path}`);
      }
  });

  it("with --json the error is the one document", async () => {
    const said = await cellar(["history", "sales/nothing", "--json", "--workspace", folder.path]);
    expect([said.code, JSON.parse(said.out)]).toEqual([
      1,
      {
        error: {
          code: "asset_not_found",
          message: "no asset has the key sales/nothing; did you mean fails/nothing? cellar list shows those there are",
          data: { asset: "sales/nothing" },
        },
      },
    ]);
  });

  it("so it is for a command that there is not", async () => {
    const said = await cellar(["lsit", "--json"]);
    expect([said.code, JSON.parse(said.out)]).toMatchObject([2, { error: { code: "usage", data: {} } }]);
  });

  it.each([
    [["history", "sales/ordrs"], /no asset has the key sales\/ordrs; did you mean sales\/orders\? cellar list shows/],
    [["logs", "none"], /no run has the id none; cellar runs shows those there are/],
    [["cancel", "none"], /no run has the id none/],
    [["retry", "none"], /no run has the id none/],
    [["publish", "none.html"], /notebook not found: none\.html/],
    [["unpublish", "sales.html"], /sales\.html is not published/],
    [["publish", "broken.html"], /broken\.html cannot be published: invalid retries: "many"/],
    [["export", "sales/orders", "-o", "/tmp/none"], /sales\/orders has not been materialized; run cellar run/],
    [["share", "--revoke", "none"], /no link has the id none/],
  ] as const)("what is not there exits 1, with one line: %j", async (args, message) => {
    const said = await cellar([...args, "--workspace", folder.path]);
    expect({ code: said.code, out: said.out, lines: lines(said.err).length }).toEqual({ code: 1, out: "", lines: 1 });
    expect(said.err).toMatch(message);
    expect(existsSync("/tmp/none")).toBe(false);
  });
});
