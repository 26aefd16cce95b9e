import { AppError } from "../../../cells/errors.ts";
import { type Command, needed } from "../command.ts";
import { counted, formatTable } from "../table.ts";

export const alerts: Command = {
  name: "alerts",
  usage: "[NAME]",
  about: "list the alerts of cellar.json and how their receivers stand, or send a message to try one out",
  options: {
    test: {
      type: "boolean",
      value: "",
      about: "tell the receivers of NAME that this is a test; exit 1 where one fails",
    },
  },
  async run({ args, connect, json, say, document }) {
    const [name] = args.positionals;
    await using connection = await connect();
    if (args.flag("test")) {
      const report = await connection.call("testAlert", {
        name: needed(name, "which alert? write cellar alerts NAME --test"),
      });
      if (json) document(report);
      for (const { type, says, problem } of report.sent)
        say(`${type} ${says}: ${problem === null ? "it was taken" : problem}`);
      return report.sent.some(({ problem }) => problem !== null) ? 1 : 0;
    }
    const all = await connection.call("alerts", {});
    const report = { alerts: all.alerts.filter((alert) => name === undefined || alert.name === name) };
    if (name !== undefined && report.alerts.length === 0)
      throw new AppError(
        "usage",
        `no alert is named ${JSON.stringify(name)}; cellar alerts lists those of cellar.json`,
      );
    if (json) document(report);
    say(
      formatTable(
        ["alert", "on", "of", "tells", "state"],
        report.alerts.flatMap(({ name: alert, on, select, receivers }) =>
          receivers.map(({ type, says, behind, problem, givenUp }) => [
            ...[alert, on.join(" "), select ?? "everything", `${type} ${says}`],
            problem ??
              (givenUp === null ? null : `${counted(givenUp.count, "message")} given up: ${givenUp.reason}`) ??
              (behind === null
                ? "no server is running"
                : behind === 0
                  ? "told of everything"
                  : `${behind} events behind`),
          ]),
        ),
      ),
    );
    return report.alerts.some(({ receivers }) =>
      receivers.some(({ problem, givenUp }) => problem !== null || givenUp !== null),
    )
      ? 1
      : 0;
  },
};
