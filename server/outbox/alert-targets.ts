import type { AlertConfig } from "./alert-config.ts";
import { alertMail } from "./alert-mail.ts";
import type { AlertMessage } from "./alert-message.ts";
import type { Post } from "./endpoint.ts";
import type { SendMail } from "./mail.ts";

/** A receiver of an alert, with an outbox of its own: one that is away does not hold back the other, nor have it told twice. */
export interface AlertTarget {
  readonly type: "webhook" | "mail";
  readonly outbox: string;
  /** for people; an address that is a secret is not in it */
  readonly says: string;
  readonly tell: (message: AlertMessage) => Promise<void>;
}

/** The receivers of an alert. */
export function alertTargets(
  { name, webhook, mail }: AlertConfig,
  { post, sendMail }: { readonly post: Post; readonly sendMail: SendMail },
): readonly AlertTarget[] {
  const targets: AlertTarget[] = [];
  if (webhook !== null)
    targets.push({
      type: "webhook",
      outbox: `alert ${name}`,
      says: webhook.url.type === "text" ? new URL(webhook.url.text).origin : `secret ${webhook.url.name}`,
      tell: (message) => post(`alert ${name}`, webhook, message),
    });
  if (mail !== null)
    targets.push({
      type: "mail",
      outbox: `alert ${name} by mail`,
      says: [...mail.to, ...mail.cc].join(", "),
      tell: (message) => sendMail(`alert ${name} by mail`, alertMail(message, mail)),
    });
  return targets;
}
