import { join } from "node:path";
import { AppError } from "../../../cells/errors.ts";
import { quote } from "../../../cells/model/quote.ts";
import { checkSecret, Secrets } from "../../resources/secrets.ts";
import { type Command, needed, noMore } from "../command.ts";
import type { Surroundings } from "../surroundings.ts";
import { formatTable } from "../table.ts";

export const resources: Command = {
  name: "resources",
  usage: "",
  about: "list the resources of cellar.json, who uses them, and whether they answer",
  options: { check: { type: "boolean", value: "", about: "ask each one; exit 1 where one does not answer" } },
  async run({ args, connect, json, say, document }) {
    await using connection = await connect();
    const report = await connection.call("resources", { check: args.flag("check") });
    if (json) document(report);
    say(
      formatTable(
        ["resource", "kind", "for", "used by", "state"],
        report.resources.map(({ name, kind, notebooks, usedBy, says, reachable }) => [
          name,
          kind,
          notebooks === null ? "every notebook" : notebooks.length === 0 ? "no notebook yet" : notebooks.join(" "),
          [...new Set(usedBy.map(({ notebook, granted }) => (granted ? notebook : `${notebook} (not granted)`)))].join(
            " ",
          ),
          says === null ? "" : `${reachable === true ? "ok" : "fails"}: ${says}`,
        ]),
      ),
    );
    for (const { name, notebook, cell } of report.missing)
      say(`${notebook} cell ${cell} uses ${name}, which is not in cellar.json`);
    return report.missing.length > 0 || report.resources.some(({ reachable }) => reachable === false) ? 1 : 0;
  },
};

const actions = "cellar secret set NAME, cellar secret list, or cellar secret remove NAME";

export const secret: Command = {
  name: "secret",
  usage: "set NAME | list | remove NAME",
  about: "keep secrets for resources, encrypted; a value is read from standard input, and never shown",
  options: {},
  async run({ args, around, directory, json, say, document }) {
    const [action, name, ...rest] = args.positionals;
    noMore(
      action === "list" && name !== undefined ? [name] : rest,
      `secret ${action === "list" ? "list" : `${action ?? ""} NAME`}`,
    );
    const secrets = new Secrets(join(directory, ".cellar"), around.env);
    switch (action ?? "") {
      case "list": {
        const list = await secrets.list();
        if (json) document({ secrets: list });
        say(
          formatTable(
            ["secret", "from"],
            list.map((each) => [each.name, each.from]),
          ),
        );
        return 0;
      }
      case "set": {
        const wanted = needed(name, `which secret? write ${actions}`);
        checkSecret(wanted, "the name is looked at before the value is asked for");
        await secrets.set(wanted, await readValue(around.stdin, wanted, say));
        if (json) document({ name: wanted, set: true });
        say(`${wanted} is kept; name it in cellar.json as {"secret": "${wanted}"}`);
        return 0;
      }
      case "remove": {
        const wanted = needed(name, `which secret? write ${actions}`);
        const removed = await secrets.remove(wanted);
        if (json) document({ name: wanted, removed });
        say(removed ? `${wanted} is removed` : `${wanted} was not kept`);
        return removed ? 0 : 1;
      }
      default:
        throw new AppError(
          "usage",
          `${action === undefined ? "what is to be done?" : `${quote(action)} is no action on secrets;`} write ${actions}`,
        );
    }
  },
};

const enter = 13;
const newLine = 10;
const endOfInput = 4;
const interrupt = 3;
const backspaces = [8, 127];

/** A line of a terminal that does not show it, or all of what is piped in, without its last line break. */
async function readValue(stdin: Surroundings["stdin"], name: string, say: (line: string) => void): Promise<string> {
  const bytes: number[] = [];
  if (stdin.isTTY !== true) {
    for await (const part of stdin as AsyncIterable<Buffer>) bytes.push(...part);
    return Buffer.from(bytes)
      .toString("utf8")
      .replace(/\r?\n$/, "");
  }
  say(`value of ${name} (it is not shown):`);
  stdin.setRawMode?.(true);
  try {
    for await (const part of stdin as AsyncIterable<Buffer>)
      for (const byte of part) {
        if (byte === interrupt) throw new AppError("usage", "nothing was changed");
        if (byte === enter || byte === newLine || byte === endOfInput) return Buffer.from(bytes).toString("utf8");
        if (backspaces.includes(byte)) bytes.pop();
        else bytes.push(byte);
      }
    return Buffer.from(bytes).toString("utf8");
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
  }
}
