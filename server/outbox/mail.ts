import { connect, isIP } from "node:net";
import { AppError, messageOf } from "../../cells/errors.ts";
import { checkAddress, checkedLookup } from "../resources/checked-lookup.ts";
import { redactor } from "../resources/redact.ts";
import type { SecretSource } from "../resources/secrets.ts";
import type { Mail } from "./alert-mail.ts";
import type { MailServer } from "./mail-config.ts";
import { Refused } from "./refused.ts";
import { SecretValues } from "./secret-values.ts";

/** Sends a mail. Resolves once the server took it for at least one of its receivers; throws where it did not. */
export type SendMail = (what: string, mail: Mail) => Promise<void>;

const timeoutMs = 15_000;

/** Sends by SMTP, with the rules of resources: addresses are looked at before they are connected to, and errors name no secret. */
export function createSendMail(server: () => MailServer | null, secrets: SecretSource): SendMail {
  return async (what, mail) => {
    const config = server();
    if (config === null) throw new AppError("resource_failed", `${what} has no server; add "mail" to cellar.json`);
    const { host, port, tls, user, password, from } = config;
    const values = new SecretValues(what, secrets);
    const pass = password === null ? null : await values.of(password);
    const redact = redactor(values.used);
    // 150 ms and some memory that a workspace without mails does not need
    const { createTransport } = await import("nodemailer");
    const transport = createTransport({
      ...{ host, port, secure: tls === "tls", requireTLS: tls === "starttls", ignoreTLS: tls === "none" },
      ...(isIP(host) ? {} : { tls: { servername: host } }),
      ...(user === null || pass === null ? {} : { auth: { user, pass } }),
      ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
      ...{ disableFileAccess: true, disableUrlAccess: true },
      getSocket: (_options, done) => {
        openSocket(config, what).then(
          (connection) => done(null, { connection }),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), false),
        );
      },
    });
    try {
      await transport.sendMail({
        ...{ from: mail.from ?? from, to: [...mail.to], cc: [...mail.cc], subject: mail.subject, text: mail.text },
        ...{ date: new Date(mail.date), messageId: `<${mail.id}>`, headers: { "Auto-Submitted": "auto-generated" } },
      });
    } catch (error) {
      if (error instanceof AppError) throw error;
      const fact = redact(`${what} could not be sent by ${host}:${port}: ${reasonOf(error)}`);
      throw isRefusal(error) ? new Refused(fact) : new AppError("resource_failed", fact);
    } finally {
      transport.close();
    }
  };

  function openSocket({ host, port, isPrivate }: MailServer, what: string) {
    if (isIP(host)) checkAddress(host, host, isPrivate, what, '"mail"');
    return new Promise<ReturnType<typeof connect>>((resolve, reject) => {
      const socket = connect({ host, port, lookup: checkedLookup(isPrivate, what, '"mail"'), timeout: timeoutMs });
      socket.once("connect", () => resolve(socket));
      socket.once("timeout", () => socket.destroy(new Error(`it did not answer within ${timeoutMs / 1000} s`)));
      socket.once("error", reject);
    });
  }
}

/**
 * Whether a server refused this mail, its sender or all of its receivers for good (RFC 5321, 4.2.1). A refused login or greeting is about
 * what `cellar.json` says, and may be mended.
 */
function isRefusal(error: unknown): boolean {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const isOfMail = code === "EENVELOPE" || code === "EMESSAGE";
  return isOfMail && typeof responseCode === "number" && responseCode >= 500 && responseCode < 600;
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return 'nothing listens there; check "mail" in cellar.json';
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return 'its name is not known; check "mail" in cellar.json';
  if (code === "EAUTH") return `it refused user and password: ${messageOf(error)}`;
  return messageOf(error);
}
