import { type ConfigNode, ConfigObject, type Report, type Setting } from "../workspace/config-object.ts";

/** The server that takes mails: the member `mail` of `cellar.json`. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `starttls`: encrypted after a greeting, or not at all spoken with; `tls`: from the first byte on; `none`: not */
  readonly tls: "starttls" | "tls" | "none";
  readonly user: string | null;
  readonly password: Setting | null;
  /** who mails are from, where a rule says nobody else */
  readonly from: string;
  /** whether it may be at an address of this machine or of a private network */
  readonly isPrivate: boolean;
}

/** Who gets the mails of an alert. */
export interface MailTarget {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** null: as the server has it */
  readonly from: string | null;
}

const example =
  '{"host": "smtp.example.com", "user": "cellar", "password": {"secret": "SMTP"}, "from": "cellar@example.com"}';
const isLocal = (host: string) => /^(localhost|127\.0\.0\.1|::1)$/.test(host);

/** Reads the member `mail` of `cellar.json`. Null where there is none that can be used; what is wrong is reported with its place. */
export function readMailServer(section: ConfigNode | undefined, report: Report): MailServer | null {
  if (section === undefined) return null;
  const read = new ConfigObject('"mail"', section, report);
  if (section.type !== "object") return read.wrong(section, `must be an object, as in ${example}`);
  read.knows(["host", "port", "tls", "user", "password", "from", "private"]);
  const host = read.text("host", "the name of a server that takes mails by SMTP");
  const wantsTls = read.members.has("tls") ? read.word("tls", "starttls", "tls", "none") : null;
  const port = read.whole("port", wantsTls === "tls" ? 465 : 587, 1, 65_535);
  const tls = wantsTls ?? (port === 465 ? "tls" : "starttls");
  const user = read.members.has("user") ? read.text("user", "the name to log in with") : null;
  const node = read.members.get("password");
  const password = node === undefined ? null : read.setting(node, "password");
  if (password?.type === "text")
    read.wrong(
      read.at("password"),
      'has its password in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME',
    );
  if (user !== null && node === undefined)
    read.wrong(read.at("user"), 'has a user and no "password"; give it {"secret": "NAME"}');
  if (user === null && password !== null) read.wrong(read.at("password"), 'has a password and no "user"; give it both');
  if (tls === "none" && user !== null && host !== null && !isLocal(host))
    read.wrong(read.at("tls"), 'would send its password unencrypted; write "starttls" or "tls"');
  const from = address(read, "from");
  const isPrivate = read.flag("private", false);
  if (read.isWrong || host === null || from === null) return null;
  return { host, port, tls, user, password, from, isPrivate };
}

/** Reads who gets the mails of an alert: a list of addresses, or an object with `to`, `cc` and `from`. */
export function readMailTarget(what: string, node: ConfigNode, report: Report): MailTarget | null {
  const read = new ConfigObject(what, node, report);
  if (node.type === "array") {
    const to = addressesIn(read, node, "list");
    return to === null ? null : { to, cc: [], from: null };
  }
  if (node.type !== "object")
    return read.wrong(node, 'must be a list of addresses, as in ["ops@example.com"], or an object with "to"');
  read.knows(["to", "cc", "from"]);
  const at = read.members.get("to");
  if (at === undefined) return read.wrong(node, 'has no "to"; give it a list of addresses');
  const to = addressesIn(read, at, "to");
  const copies = read.members.get("cc");
  const cc = copies === undefined ? [] : addressesIn(read, copies, "cc");
  const from = read.members.has("from") ? address(read, "from") : null;
  return read.isWrong || to === null || cc === null ? null : { to, cc, from };
}

function addressesIn(read: ConfigObject, node: ConfigNode, key: string): readonly string[] | null {
  const children = node.children ?? [];
  if (node.type !== "array" || children.length === 0)
    return read.wrong(node, `has a ${key} that is no list of addresses; write ["ops@example.com"]`);
  for (const child of children)
    if (child.type !== "string" || !isAddress(String(child.value)))
      read.wrong(
        child,
        `has ${JSON.stringify(child.value)} in its ${key}, which is no address; write "ops@example.com" or "Name <ops@example.com>"`,
      );
  return read.isWrong ? null : children.map(({ value }) => String(value));
}

function address(read: ConfigObject, key: string): string | null {
  const text = read.text(key, 'an address, as in "Cellar <cellar@example.com>"');
  if (text === null || isAddress(text)) return text;
  return read.wrong(
    read.at(key),
    `has a ${key} that is no address: ${JSON.stringify(text)}; write "Cellar <cellar@example.com>"`,
  );
}

/** `a@b`, or `Name <a@b>`: one address, with nothing in it that could begin another header. */
function isAddress(text: string): boolean {
  const plain = /^[^<>",;:\r\n]*<([^<>]*)>$/.exec(text)?.[1] ?? text;
  return /^[^\s<>",;:@\p{Cc}]+@[^\s<>",;:@\p{Cc}]+$/u.test(plain);
}
