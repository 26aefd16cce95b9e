import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";
import { localhost } from "../../support/certificate.ts";
import { storeFindings } from "../../../server/doctor/store-health.ts";
import { eventually } from "../../support/eventually.ts";
import { settableClock } from "../../support/clock.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { startSmtpServer } from "../../support/smtp-server.ts";
import { notebook } from "../../support/workspace.ts";

const password = "a-very-secret-password";
const login = ["cellar", password] as const;
const trusted = getCACertificates("default");

beforeEach(() => {
  setDefaultCACertificates([...trusted, localhost.cert]);
  process.env["CELLAR_SECRET_SMTP"] = password;
});
afterEach(() => {
  setDefaultCACertificates(trusted);
  delete process.env["CELLAR_SECRET_SMTP"];
});

const cells = (text: string) => notebook([["sql", 'output="one"', text]]);
const config = (port: number, mail: object, alert: object = {}, more: object = {}) =>
  JSON.stringify({
    mail: { host: "localhost", port, from: "Cellar <cellar@example.com>", private: true, ...mail },
    alerts: { ops: { on: ["asset_failed"], mail: ["ops@example.com", "Eva <eva@example.com>"], ...alert } },
    ...more,
  });
const withLogin = { user: "cellar", password: { secret: "SMTP" } };

async function problemOf({ open }: LocalWorkspace, name = "alert ops by mail"): Promise<string> {
  for (;;) {
    const state = (await open.eventsOut.state()).find((each) => each.name === name);
    if (typeof state?.problem === "string") return state.problem;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("mails of alerts", () => {
  test("a mail has the sentence as its subject, the facts and a link; encrypted, with a login; once until it is well", async () => {
    await using smtp = await startSmtpServer({ tls: "starttls", login });
    const clock = settableClock(Date.UTC(2026, 0, 2, 3, 4, 5));
    await using workspace = await openLocal(
      {
        "größe.html": cells("SELECT nothing AS x"),
        "cellar.json": config(
          smtp.port,
          withLogin,
          { recovery: true, mail: { to: ["ops@example.com"], cc: ["eva@example.com"] } },
          { address: "https://cellar.example.com/" },
        ),
      },
      { clock },
    );
    await workspace.open.eventsOut.look();
    const { id } = await workspace.run();
    await workspace.run();
    await workspace.write("größe.html", cells("SELECT 1 AS x"));
    await workspace.run();
    const [failed, well, ...more] = await smtp.until(2);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({
      ...{ from: "cellar@example.com", to: ["ops@example.com", "eva@example.com"], isSecure: true, login },
      headers: {
        ...{ from: "Cellar <cellar@example.com>", to: "ops@example.com", cc: "eva@example.com" },
        subject: expect.stringMatching(/^größe\/one failed: .*nothing/),
        date: "Fri, 02 Jan 2026 03:04:05 +0000",
        "message-id": expect.stringMatching(/^<[0-9a-f]{32}@cellar>$/),
        "auto-submitted": "auto-generated",
      },
    });
    const lines = (failed?.text ?? "").trimEnd().split("\n");
    expect(lines[0]).toMatch(/^größe\/one failed: /);
    expect(lines.slice(lines.indexOf("") + 1)).toEqual([
      expect.stringMatching(/^workspace: {2}cellar-/),
      "event:      asset_failed",
      "asset:      größe/one",
      `run:        ${id}`,
      "at:         2026-01-02T03:04:05.000Z",
      "alert:      ops",
      "",
      `https://cellar.example.com/runs/${id}`,
    ]);
    expect(well?.headers["subject"]).toBe("größe/one is well again");
    const log = JSON.stringify(await workspace.open.store.eventsAfter(0, 1000));
    expect(log.includes(password)).toBe(false);
  });

  test("from the first byte on, without encryption and without a login, as the server has it", async () => {
    for (const tls of ["tls", "none"] as const) {
      await using smtp = await startSmtpServer({ tls });
      await using workspace = await openLocal({ "cellar.json": config(smtp.port, { tls }) });
      expect(await workspace.call("testAlert", { name: "ops" })).toEqual({
        sent: [{ type: "mail", says: "ops@example.com, Eva <eva@example.com>", problem: null }],
      });
      expect(smtp.mails[0]).toMatchObject({ isSecure: tls === "tls", login: null });
      expect(smtp.mails[0]?.headers["subject"]).toMatch(/^alert ops of cellar-\w+ works: this is a test$/);
    }
  });

  test("a server that refuses is tried again until it takes the mail, which is the same one", async () => {
    let refusals = 2;
    await using smtp = await startSmtpServer({ tls: "none", answer: () => (refusals-- > 0 ? "451 later" : null) });
    const clock = settableClock(1000);
    await using workspace = await openLocal(
      { "a.html": cells("SELECT nothing AS x"), "cellar.json": config(smtp.port, { tls: "none" }) },
      { clock },
    );
    await workspace.open.eventsOut.look();
    await workspace.run();
    expect(await problemOf(workspace)).toMatch(/^alert ops by mail could not be sent by localhost:\d+: .*451 later/);
    const { alerts } = await workspace.call("alerts", {});
    expect(alerts[0]?.receivers).toEqual([
      {
        ...{ type: "mail", says: "ops@example.com, Eva <eva@example.com>", behind: expect.any(Number) },
        problem: expect.stringContaining("451 later"),
        givenUp: null,
      },
    ]);
    while (smtp.mails.length === 0) {
      if (clock.nextWake !== null) clock.set(clock.nextWake);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(smtp.mails[0]?.headers["date"]).toBe("Thu, 01 Jan 1970 00:00:01 +0000");
  });

  test("what a server refuses for good is given up and told, and the next mails go on", async () => {
    const answers = ["550 no such user"];
    await using smtp = await startSmtpServer({ tls: "none", answer: () => answers.shift() ?? null });
    const clock = settableClock(1000);
    await using workspace = await openLocal(
      { "a.html": cells("SELECT nothing AS x"), "cellar.json": config(smtp.port, { tls: "none" }) },
      { clock },
    );
    const { eventsOut, store } = workspace.open;
    await eventsOut.look();
    await workspace.run();
    const givenUp = async () => (await workspace.call("alerts", {})).alerts[0]?.receivers[0]?.givenUp;
    await eventually("it to be given up", async () => (await givenUp()) !== null);
    const reason = expect.stringMatching(/^alert ops by mail could not be sent by localhost:\d+: .*550 no such user/);
    expect(await givenUp()).toEqual({ count: 1, at: 1000, reason });
    const told = (await store.eventsAfter(0, 1000)).flatMap(({ event }) =>
      event.type === "message_given_up" ? event : [],
    );
    expect(told).toEqual([
      { type: "message_given_up", outbox: "alert ops by mail", event: expect.any(Number), reason },
    ]);
    const finding = async () => {
      const findings = await storeFindings(join(workspace.path, ".cellar/store.db"), { now: 1000, isServed: true });
      return findings.find(({ part }) => part === "alerts");
    };
    await eventually("it to be kept", async () => (await finding()) !== undefined);
    expect(await finding()).toEqual({
      ...{ severity: "warning", part: "alerts", advice: expect.stringContaining("--test") },
      message: expect.stringMatching(/^one message was refused for good and given up \(alert ops by mail\): .*550/),
    });
    // it was not told, so the same failure is
    await workspace.run();
    const [mail, ...more] = await smtp.until(1);
    expect([mail?.headers["subject"], more]).toEqual([expect.stringMatching(/^a\/one failed: /), []]);
    await eventually("it to be well", async () => (await givenUp()) === null);
  });

  test.each([
    ["one that does not encrypt", "none", {}, /STARTTLS/i],
    [
      "a login that is refused",
      "none",
      { tls: "none", ...withLogin },
      /it refused user and password: .*not you, \[secret SMTP\]/,
    ],
    [
      "an address that is not public",
      "none",
      { tls: "none", private: false },
      /leads to localhost, which is (127\.0\.0\.1|::1), an address that is not public; write "private": true into "mail"/,
    ],
  ] as const)("says what is wrong with %s", async (_, tls, mail, problem) => {
    await using smtp = await startSmtpServer({ tls, login: ["cellar", "another"] });
    await using workspace = await openLocal({ "cellar.json": config(smtp.port, mail) });
    const { sent } = await workspace.call("testAlert", { name: "ops" });
    expect(sent[0]?.problem).toMatch(problem);
    expect(sent[0]?.problem).not.toContain(password);
    expect(smtp.mails).toEqual([]);
  });

  test("a certificate that nobody trusts is refused, and one that does not listen is said so", async () => {
    setDefaultCACertificates(trusted);
    await using smtp = await startSmtpServer({ tls: "starttls" });
    await using workspace = await openLocal({ "cellar.json": config(smtp.port, {}) });
    expect((await workspace.call("testAlert", { name: "ops" })).sent[0]?.problem).toMatch(/self-signed certificate/);
    await smtp[Symbol.asyncDispose]();
    expect((await workspace.call("testAlert", { name: "ops" })).sent[0]?.problem).toBe(
      `alert ops by mail could not be sent by localhost:${smtp.port}: nothing listens there; check "mail" in cellar.json`,
    );
    await expect(workspace.call("testAlert", { name: "none" })).rejects.toThrow(
      'no alert is named "none": there are ops; add it to "alerts" in cellar.json',
    );
  });

  test.each([
    ["no object", '{"mail": 3}', 10, '"mail" must be an object'],
    ["no host", '{"mail": {"from": "a@b"}}', 10, '"mail" has no "host"'],
    ["no from", '{"mail": {"host": "h"}}', 10, '"mail" has no "from"'],
    ["a member", '{"mail": {"host": "h", "from": "a@b", "x": 1}}', 39, 'has the unknown member "x"'],
    ["a from", '{"mail": {"host": "h", "from": "a@b, c@d"}}', 32, "has a from that is no address"],
    ["a port", '{"mail": {"host": "h", "from": "a@b", "port": 0}}', 47, "has a port that is no number from 1 to 65535"],
    [
      "tls",
      '{"mail": {"host": "h", "from": "a@b", "tls": "ssl"}}',
      46,
      'has a tls that is none of "starttls", "tls", "none"',
    ],
    [
      "a password in the file",
      '{"mail": {"host": "h", "from": "a@b", "user": "u", "password": "p"}}',
      64,
      "has its password in the file",
    ],
    ["a user alone", '{"mail": {"host": "h", "from": "a@b", "user": "u"}}', 47, 'has a user and no "password"'],
    [
      "a password in the clear",
      '{"mail": {"host": "h", "from": "a@b", "user": "u", "tls": "none", "password": {"secret": "P"}}}',
      59,
      "would send its password unencrypted",
    ],
    ["an address", '{"address": "cellar.example.com"}', 13, '"address" must be where people reach the server'],
    ["nobody to tell", '{"alerts": {"a": {"on": ["damaged"]}}}', 18, 'alert "a" has neither "webhook" nor "mail"'],
    [
      "mail without a server",
      '{"alerts": {"a": {"on": ["damaged"], "mail": ["a@b"]}}}',
      46,
      "cellar.json has no server for it",
    ],
    [
      "a receiver",
      '{"mail": {"host": "h", "from": "a@b"}, "alerts": {"a": {"on": ["damaged"], "mail": ["a@b", "c d"]}}}',
      92,
      'has "c d" in its list, which is no address',
    ],
    [
      "no receivers",
      '{"mail": {"host": "h", "from": "a@b"}, "alerts": {"a": {"on": ["damaged"], "mail": {"to": []}}}}',
      91,
      "has a to that is no list of addresses",
    ],
  ])("names the place of %s", (_, text, column, message) => {
    expect(parseWorkspaceConfig(text).problems).toEqual([
      { line: 1, column, message: expect.stringContaining(message) },
    ]);
  });

  test("a mail server is read whole", () => {
    const mail = { host: "smtp.example.com", ...withLogin, from: "a@b" };
    expect(parseWorkspaceConfig(JSON.stringify({ mail })).config.mail).toEqual({
      ...{ host: "smtp.example.com", port: 587, tls: "starttls", user: "cellar", from: "a@b", isPrivate: false },
      password: { type: "secret", name: "SMTP", prefix: "" },
    });
    expect(parseWorkspaceConfig(JSON.stringify({ mail: { ...mail, port: 465 } })).config.mail?.tls).toBe("tls");
    expect(parseWorkspaceConfig(JSON.stringify({ mail: { ...mail, tls: "tls" } })).config.mail?.port).toBe(465);
  });
});
