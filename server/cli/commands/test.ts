import type { Command } from "../command.ts";
import { formatMs } from "../table.ts";

export const test: Command = {
  name: "test",
  usage: "[PATH…]",
  about: "run test cells: what comes out of their fixtures, against what they expect",
  options: {},
  async run({ args, connect, json, say, document }) {
    await using connection = await connect();
    const paths = args.positionals.map((path) => path.replace(/\/$/, ""));
    const report = await connection.call("tests", paths.length === 0 ? {} : { paths });
    if (json) document(report);
    for (const { path, cell, tests, state, ms, message, missing, unexpected } of report.tests) {
      say(`${state.padEnd(7)} ${path} cell ${cell}: ${tests} (${formatMs(ms)})${message === "" ? "" : `, ${message}`}`);
      for (const row of missing) say(`  - ${JSON.stringify(row)}`);
      for (const row of unexpected) say(`  + ${JSON.stringify(row)}`);
    }
    const count = (state: string) => report.tests.filter((one) => one.state === state).length;
    say(
      report.tests.length === 0
        ? 'no cell is a test yet; give one test="orders"'
        : `${count("passed")} passed, ${count("failed")} failed, ${count("errored")} could not be run`,
    );
    return report.ok ? 0 : 1;
  },
};
