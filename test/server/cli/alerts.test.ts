import { expect, test } from "vitest";
import { startSmtpServer } from "../../support/smtp-server.ts";
import { temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document } from "./cellar.ts";

test("alerts are listed, tried out, and a receiver that fails is exit 1", async () => {
  await using smtp = await startSmtpServer({ tls: "none" });
  const mail = { host: "127.0.0.1", port: smtp.port, tls: "none", from: "cellar@example.com", private: true };
  const alerts = { ops: { on: ["run_failed"], select: "tag:daily", mail: ["ops@example.com"] } };
  await using folder = await temporaryWorkspace({ "cellar.json": JSON.stringify({ mail, alerts }) });
  const here = ["--workspace", folder.path];
  expect(await document(0, "alerts", ...here)).toEqual({
    alerts: [
      {
        ...{ name: "ops", on: ["run_failed"], select: "tag:daily", repeat: "once", recovery: false },
        receivers: [{ type: "mail", says: "ops@example.com", behind: null, problem: null, givenUp: null }],
      },
    ],
  });
  const said = await cellar(["alerts", "ops", "--test", ...here]);
  expect([said.code, said.out, said.err]).toEqual([0, "mail ops@example.com: it was taken\n", ""]);
  expect(smtp.mails[0]?.to).toEqual(["ops@example.com"]);
  await smtp[Symbol.asyncDispose]();
  expect(await document(1, "alerts", "ops", "--test", ...here)).toEqual({
    sent: [
      {
        ...{ type: "mail", says: "ops@example.com" },
        problem: `alert ops by mail could not be sent by 127.0.0.1:${smtp.port}: nothing listens there; check "mail" in cellar.json`,
      },
    ],
  });
});
