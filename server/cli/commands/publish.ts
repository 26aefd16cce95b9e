import { type Command, needed } from "../command.ts";

export const publish: Command = {
  name: "publish",
  usage: "PATH",
  about: "make a notebook's present text the revision that the server runs, on its schedule",
  options: {},
  async run({ args, connect, json, say, document }) {
    const path = needed(
      args.positionals[0],
      "cellar publish needs the path of a notebook, as in cellar publish sales.html",
    );
    await using connection = await connect();
    const published = await connection.call("publish", { path });
    if (json) document(published);
    for (const warning of published.warnings) say(`warning: ${warning}`);
    say(`${path} is published at revision ${published.revision.slice(0, 12)}`);
    return 0;
  },
};

export const unpublish: Command = {
  name: "unpublish",
  usage: "PATH",
  about: "stop the server from running a notebook; its assets and history stay",
  options: {},
  async run({ args, connect, json, say, document }) {
    const path = needed(
      args.positionals[0],
      "cellar unpublish needs the path of a notebook, as in cellar unpublish sales.html",
    );
    await using connection = await connect();
    await connection.call("unpublish", { path });
    if (json) document({ path, published: false });
    say(`${path} is no longer published`);
    return 0;
  },
};
