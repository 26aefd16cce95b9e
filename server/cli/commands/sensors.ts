import { AppError } from "../../../cells/errors.ts";
import type { InputOf } from "../../../cells/api/routes.ts";
import { type Command, needed, onlyBeside, wholeOf } from "../command.ts";
import { formatMs, formatTable, formatTime } from "../table.ts";

const actions = ["test", "pause", "resume", "reset-cursor"];

/** `cellar sensors`: how they stand, their ticks, trying them out, pausing them. */
export const sensors: Command = {
  name: "sensors",
  usage: "[NAME]",
  about: "sensors of published notebooks and how they stand; of one its last ticks",
  options: {
    test: { type: "boolean", value: "", about: "evaluate NAME now and say what it would do; nothing is done" },
    cursor: { type: "string", value: "C", mayBeEmpty: true, about: "with --test: as if this were its cursor" },
    "reset-cursor": { type: "boolean", value: "", about: "forget the cursor of NAME; run keys stay" },
    pause: { type: "boolean", value: "", about: "leave NAME alone until it is resumed" },
    resume: { type: "boolean", value: "", about: "evaluate NAME again" },
    limit: { type: "string", value: "N", about: "at most so many ticks (50)" },
  },
  async run({ args, connect, connectToWork, json, say, document }) {
    const given = actions.filter((action) => args.flag(action));
    if (given.length > 1)
      throw new AppError("usage", `--${given.join(" and --")} are different commands; give one of them`);
    const [action] = given;
    const cursor = args.text("cursor");
    if (cursor !== undefined && action !== "test")
      throw new AppError("usage", "--cursor goes with --test; --reset-cursor forgets the one that is kept");
    const [name] = args.positionals;
    const key =
      action === undefined
        ? name
        : needed(name, `--${action} needs the name of a sensor, as in cellar sensors inbox --${action}`);
    const limit = wholeOf("limit", args.text("limit"));
    if (action !== undefined) onlyBeside(args, `--${action}`, action === "test" ? ["cursor"] : []);
    if (limit !== undefined && key === undefined)
      throw new AppError("usage", "--limit goes with the ticks of one sensor, as in cellar sensors inbox --limit 10");
    await using connection = await (action === "test" ? connectToWork() : connect());
    if (action === "test") {
      const test = await connection.call("testSensor", { key: key ?? "", ...(cursor === undefined ? {} : { cursor }) });
      if (json) document(test);
      for (const { select, partition, key: own, known } of test.runs)
        say(
          `would run ${select}${partition === null ? "" : ` (${partition})`}${own === null ? "" : `, key ${own}`}${known ? ": no, this key has had its run" : ""}`,
        );
      for (const [what, of] of Object.entries(test.partitions))
        for (const [definition, keys] of Object.entries(of)) say(`would ${what} ${keys.join(", ")} of ${definition}`);
      if (test.skip !== null) say(`skipped: ${test.skip}`);
      else if (test.runs.length === 0) say("nothing to do");
      say(`cursor ${test.cursor ?? "none"}; took ${formatMs(test.ms)}; nothing was done`);
      return 0;
    }
    if (action !== undefined) {
      const change: InputOf<"changeSensor"> =
        action === "reset-cursor" ? { key: key ?? "", cursor: null } : { key: key ?? "", paused: action === "pause" };
      const sensor = await connection.call("changeSensor", change);
      if (json) document({ sensor });
      say(
        `${sensor.key} ${action === "reset-cursor" ? "has no cursor" : sensor.paused ? "is paused" : "is evaluated again, now"}`,
      );
      return 0;
    }
    if (key === undefined) {
      const { sensors: all } = await connection.call("sensors", {});
      if (json) document({ sensors: all });
      say(
        all.length === 0
          ? 'no published notebook has a sensor; sensor="inbox: file inbox/*.csv" on a cell makes one'
          : formatTable(
              ["sensor", "waits for", "last tick", "state", "why"],
              all.map(({ key: own, says, last, paused, problem }) => [
                own,
                says,
                formatTime(last?.at ?? null),
                paused ? "paused" : (last?.state ?? ""),
                problem ?? last?.reason ?? "",
              ]),
            ),
      );
      return 0;
    }
    const { sensor, ticks } = await connection.call("sensor", { key, ...(limit === undefined ? {} : { limit }) });
    if (json) document({ sensor, ticks });
    say(`${sensor.key} waits for ${sensor.says}; cursor ${sensor.cursor ?? "none"}${sensor.paused ? "; paused" : ""}`);
    if (sensor.problem !== null) say(`it cannot be evaluated: ${sensor.problem}`);
    say(
      formatTable(
        ["when", "took", "state", "runs", "why"],
        ticks.map(({ at, ms, state, runs, reason }) => [formatTime(at), formatMs(ms), state, runs.join(" "), reason]),
      ),
    );
    return 0;
  },
};
