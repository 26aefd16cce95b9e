import { createHash } from "node:crypto";
import type { AlertMessage } from "./alert-message.ts";
import type { MailTarget } from "./mail-config.ts";

/** A mail, whole but for who sends it. */
export interface Mail extends MailTarget {
  readonly subject: string;
  readonly text: string;
  /** milliseconds since 1970 */
  readonly date: number;
  /** without its angle brackets. The same whenever the same is told again, so that a mailbox can know it */
  readonly id: string;
}

const longestSubject = 200;

/** An alert as a mail: its sentence is the subject, and the text has the facts, and a link. Pure. */
export function alertMail(message: AlertMessage, target: MailTarget): Mail {
  const { text, link, at } = message;
  const sentence = text.replace(/\s+/g, " ").trim();
  const facts = (["workspace", "event", "asset", "partition", "run", "at", "alert"] as const).flatMap((name) =>
    message[name] === null ? [] : [`${name}:`.padEnd(12) + message[name]],
  );
  const name = JSON.stringify([
    message.workspace,
    message.alert,
    message.seq,
    message.at,
    message.event,
    message.recovered,
  ]);
  return {
    ...target,
    subject: sentence.length > longestSubject ? `${sentence.slice(0, longestSubject - 1)}…` : sentence,
    text: `${[text.trim(), "", ...facts, ...(link === null ? [] : ["", link])].join("\n")}\n`,
    date: Date.parse(at),
    id: `${createHash("sha256").update(name).digest("hex").slice(0, 32)}@cellar`,
  };
}
