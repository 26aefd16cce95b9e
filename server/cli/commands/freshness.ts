import type { Command } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";
import { selectionOf } from "./checks.ts";
import { select } from "./inspect.ts";

/** `cellar freshness`: which assets are too old by their policy. */
export const freshness: Command = {
  name: "freshness",
  usage: "[KEY…]",
  about: "which assets are too old by their policy; exits 1 where one is",
  options: { select },
  async run({ args, at, connect, json, say, document }) {
    await using connection = await connect();
    const { assets } = await connection.call("freshness", {
      select: selectionOf(args.positionals, args.text("select")),
      ...(at === null ? {} : { at: new Date(at).toISOString() }),
    });
    if (json) document({ assets });
    say(
      assets.length === 0
        ? 'no asset has a freshness policy; give a cell one, as in fresh="within 24h"'
        : formatTable(
            ["asset", "policy", "state", "last success", "changes", "why"],
            assets.map(({ asset, policy, state, lastSuccessAt, deadline, reason }) => [
              ...[asset, policy, state],
              ...[formatTime(lastSuccessAt), formatTime(deadline), reason],
            ]),
          ),
    );
    return assets.some(({ state }) => state === "fail") ? 1 : 0;
  },
};
