import { AppError } from "../../../cells/errors.ts";
import { type Command, onlyBeside } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";
import { select } from "./inspect.ts";

export const share: Command = {
  name: "share",
  usage: "",
  about: "make, list or revoke links that show lineage to someone without a login",
  options: {
    select,
    run: { type: "string", value: "ID", about: "the lineage as it was at the end of a run, frozen" },
    "with-data": { type: "boolean", value: "", about: "let the link's holder also download the assets that it shows" },
    days: { type: "string", value: "N", about: "how long the link lives (30)" },
    list: { type: "boolean", value: "", about: "list links" },
    revoke: { type: "string", value: "ID", about: "end a link at once" },
  },
  async run({ args, connect, json, say, document }) {
    const revoke = args.text("revoke");
    if (revoke !== undefined) onlyBeside(args, "--revoke", []);
    if (args.flag("list")) onlyBeside(args, "--list", []);
    await using connection = await connect();
    if (revoke !== undefined) {
      await connection.call("revokeShare", { id: revoke });
      if (json) document({ id: revoke, revoked: true });
      say(`link ${revoke} is revoked`);
    } else if (args.flag("list")) {
      const { shares } = await connection.call("shares", {});
      if (json) document({ shares });
      say(
        formatTable(
          ["link", "selection", "made", "ends", "state"],
          shares.map(({ id, selection, createdAt, expiresAt, revokedAt }) => [
            id,
            selection === "" ? "*" : selection,
            formatTime(createdAt),
            formatTime(expiresAt),
            revokedAt !== null ? "revoked" : expiresAt !== null && expiresAt < Date.now() ? "expired" : "open",
          ]),
        ),
      );
    } else {
      const days = Number(args.text("days") ?? 30);
      if (!(days > 0 && days <= 366))
        throw new AppError(
          "usage",
          `not a number of days: ${JSON.stringify(args.text("days"))}; give --days from 1 to 366`,
        );
      const id = args.text("run");
      const made = await connection.call("createShare", {
        select: args.text("select") ?? "",
        withData: args.flag("with-data"),
        expiresInMs: Math.round(days * 86_400_000),
        ...(id === undefined ? {} : { run: id }),
      });
      if (json) document(made);
      say(`${made.url}\nopen until ${formatTime(made.expiresAt)}; cellar share --revoke ${made.id} ends it`);
    }
    return 0;
  },
};

export const login: Command = {
  name: "login",
  usage: "",
  about: "print a one-time login link to the server that has the workspace",
  options: {},
  async run({ connect, json, say, document }) {
    await using connection = await connect();
    const { url } = await connection.call("loginCode", {});
    if (!connection.remote)
      throw new AppError("usage", "no server has this workspace; start it with cellar serve, which prints a link");
    if (json) document({ url });
    say(url);
    return 0;
  },
};
