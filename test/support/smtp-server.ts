import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { localhost } from "./certificate.ts";

/** A mail as it came. */
interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** whether it came encrypted */
  readonly isSecure: boolean;
  /** user and password that were given, or null */
  readonly login: readonly [user: string, password: string] | null;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A server that speaks SMTP (RFC 5321), STARTTLS (3207) and AUTH PLAIN (4954), as far as a test needs it. */
export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Resolves once as many mails are there. */
  until(count: number): Promise<readonly ReceivedMail[]>;
}

interface Options {
  readonly tls: "starttls" | "tls" | "none";
  readonly login?: readonly [user: string, password: string];
  /** what it answers to the end of a mail; null: takes it */
  readonly answer?: () => string | null;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startSmtpServer(options: Options): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let wake: () => void = () => undefined;
  const onSocket = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.write("220 test ESMTP\r\n");
    converse(socket, options, (mail) => {
      mails.push(mail);
      wake();
    });
  };
  const server: Server = options.tls === "tls" ? createTlsServer(localhost, onSocket) : createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    async until(count) {
      while (mails.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return mails;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function converse(socket: Socket, options: Options, receive: (mail: ReceivedMail) => void): void {
  const isSecure = socket instanceof TLSSocket;
  const say = (line: string) => socket.write(`${line}\r\n`);
  let login: readonly [string, string] | null = null;
  let from = "";
  let to: string[] = [];
  let data: string | null = null;
  let rest = "";
  const command = (line: string) => {
    const [word = "", ...more] = line.split(" ");
    switch (word.toUpperCase()) {
      case "EHLO":
        say("250-test");
        if (options.tls === "starttls" && !isSecure) say("250-STARTTLS");
        if (options.login !== undefined) say("250-AUTH PLAIN");
        return say("250 8BITMIME");
      case "STARTTLS": {
        if (options.tls !== "starttls") return say("502 not here");
        say("220 go ahead");
        socket.removeAllListeners("data");
        const secure = new TLSSocket(socket, { ...localhost, isServer: true });
        secure.on("error", () => undefined);
        return converse(secure, options, receive);
      }
      case "AUTH": {
        const [, user = "", password = ""] = Buffer.from(more[1] ?? "", "base64")
          .toString()
          .split("\0");
        login = [user, password];
        const isRight = options.login?.[0] === user && options.login[1] === password;
        return say(isRight ? "235 welcome" : `535 not you, ${password}`);
      }
      case "MAIL":
        from = /<(.*)>/.exec(line)?.[1] ?? "";
        to = [];
        return say("250 ok");
      case "RCPT":
        to.push(/<(.*)>/.exec(line)?.[1] ?? "");
        return say("250 ok");
      case "DATA":
        data = "";
        return say("354 go on");
      case "QUIT":
        say("221 bye");
        return void socket.end();
      default:
        return say("502 what");
    }
  };
  socket.on("error", () => undefined);
  socket.on("data", (part: Buffer) => {
    rest += part.toString("latin1");
    for (let end = rest.indexOf("\r\n"); end !== -1; end = rest.indexOf("\r\n")) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (data === null) command(line);
      else if (line === ".") {
        const refusal = options.answer?.() ?? null;
        if (refusal === null) receive({ from, to, isSecure, login, ...readMail(data) });
        data = null;
        say(refusal ?? "250 taken");
      } else data += `${line.replace(/^\./, "")}\r\n`;
    }
  });
}

/** Header and text of a mail (RFC 5322), with encoded words and quoted-printable read. */
function readMail(data: string): Pick<ReceivedMail, "headers" | "text"> {
  const gap = data.indexOf("\r\n\r\n");
  const fields = data
    .slice(0, gap)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(":");
      const value = field
        .slice(colon + 1)
        .trim()
        .replace(/\?=\s+=\?/g, "?==?");
      return [field.slice(0, colon).toLowerCase(), value.replace(/=\?utf-8\?([QB])\?(.*?)\?=/gi, readWord)];
    }),
  );
  const body = data.slice(gap + 4).replace(/\r\n/g, "\n");
  const encoding = headers["content-transfer-encoding"];
  const bytes =
    encoding === "base64"
      ? Buffer.from(body, "base64")
      : Buffer.from(encoding === "quoted-printable" ? readQuoted(body.replace(/=\n/g, "")) : body, "latin1");
  return { headers, text: bytes.toString("utf8") };
}

function readWord(_all: string, encoding: string, text: string): string {
  return encoding.toUpperCase() === "B"
    ? Buffer.from(text, "base64").toString("utf8")
    : Buffer.from(readQuoted(text.replaceAll("_", " ")), "latin1").toString("utf8");
}

function readQuoted(text: string): string {
  return text.replace(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
