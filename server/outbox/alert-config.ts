import { alertKinds } from "../../cells/api/config-schema.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { type ConfigNode, ConfigObject, membersIn, type Report } from "../workspace/config-object.ts";
import { type Endpoint, readEndpoint } from "./endpoint.ts";
import { type MailTarget, readMailTarget } from "./mail-config.ts";

export type AlertKind = (typeof alertKinds)[number];

/** A rule of `cellar.json`: of what to tell whom. */
export interface AlertConfig {
  readonly name: string;
  readonly on: readonly AlertKind[];
  /** only of these assets, and of runs with a step of one; null is everything */
  readonly select: string | null;
  /** from when on a run is slow */
  readonly afterMs: number;
  /** `once`: of the same thing not again until it is well; `always`: each time */
  readonly repeat: "once" | "always";
  /** whether it is told too that what was told of is well again */
  readonly recovery: boolean;
  /** at least one of the two is there */
  readonly webhook: Endpoint | null;
  readonly mail: MailTarget | null;
}

/**
 * Reads the member `alerts` of `cellar.json`. One with an error is left out, and the error reported with its place. `hasMail` says
 * whether there is a server for mails.
 */
export function readAlerts(
  section: ConfigNode | undefined,
  hasMail: boolean,
  report: Report,
): ReadonlyMap<string, AlertConfig> {
  const alerts = new Map<string, AlertConfig>();
  if (section === undefined) return alerts;
  if (section.type !== "object") {
    report(
      section.offset,
      '"alerts" must be an object of name → rule, as in {"ops": {"on": ["run_failed"], "webhook": {…}}}',
    );
    return alerts;
  }
  for (const [name, key, node] of membersIn(section)) {
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
      report(key.offset, `not a name of an alert: ${JSON.stringify(name)}; use letters, digits, _ and -`);
    else if (alerts.has(name)) report(key.offset, `alert ${JSON.stringify(name)} is there twice; keep one`);
    else {
      const alert = readAlert(name, node ?? key, hasMail, report);
      if (alert !== null) alerts.set(name, alert);
    }
  }
  return alerts;
}

function readAlert(name: string, node: ConfigNode, hasMail: boolean, report: Report): AlertConfig | null {
  const read = new ConfigObject(`alert ${JSON.stringify(name)}`, node, report);
  if (node.type !== "object")
    return read.wrong(node, 'must be an object, as in {"on": ["run_failed"], "webhook": {…}}');
  read.knows(["on", "select", "after", "repeat", "recovery", "webhook", "mail"]);
  const on = read.texts("on", `a list of ${alertKinds.join(", ")}`) ?? [];
  if (on.length === 0 && !read.isWrong)
    read.wrong(read.at("on"), `has nothing in "on"; write a list of ${alertKinds.join(", ")}`);
  const wrong = on.find((kind) => !alertKinds.some((known) => known === kind));
  if (wrong !== undefined)
    read.wrong(read.at("on"), `is on the unknown ${JSON.stringify(wrong)}; there are ${alertKinds.join(", ")}`);
  const select = read.parsed<string | null>("select", null, (text) => {
    parseSelection(text);
    return text;
  });
  const afterMs = read.duration("after", 3_600_000);
  const repeat = read.word("repeat", "once", "always");
  const recovery = read.flag("recovery", false);
  const [hook, mails] = [read.members.get("webhook"), read.members.get("mail")];
  if (hook === undefined && mails === undefined)
    return read.wrong(node, 'has neither "webhook" nor "mail"; give it {"url": "https://…"}, or a list of addresses');
  const webhook = hook === undefined ? null : readWebhook(name, hook, report);
  const mail = mails === undefined ? null : readMailTarget(`mail of alert ${JSON.stringify(name)}`, mails, report);
  if (mails !== undefined && !hasMail)
    return read.wrong(
      mails,
      'has "mail", and cellar.json has no server for it; add "mail": {"host": …, "from": …} beside "alerts"',
    );
  if (read.isWrong || (hook !== undefined && webhook === null) || (mails !== undefined && mail === null)) return null;
  return { name, on: alertKinds.filter((kind) => on.includes(kind)), select, afterMs, repeat, recovery, webhook, mail };
}

function readWebhook(name: string, node: ConfigNode, report: Report): Endpoint | null {
  const read = new ConfigObject(`webhook of alert ${JSON.stringify(name)}`, node, report);
  if (node.type !== "object") return read.wrong(node, 'must be an object, as in {"url": "https://…"}');
  read.knows(["url", "headers", "private"]);
  const endpoint = readEndpoint(read);
  return read.isWrong ? null : endpoint;
}
