import { writeFile } from "node:fs/promises";
import { ConfigSchema } from "../../../cells/api/config-schema.ts";
import { AppError } from "../../../cells/errors.ts";
import type { Command } from "../command.ts";

export const schema: Command = {
  name: "schema",
  usage: "",
  about: "print what may stand in cellar.json, as JSON Schema; name its file there as $schema, and editors complete",
  options: { output: { type: "string", short: "o", value: "FILE", about: "write it to this file" } },
  async run({ args, json, say, document }) {
    const file = args.text("output");
    const text = `${JSON.stringify(ConfigSchema, null, 2)}\n`;
    if (file === undefined) {
      if (json) document(ConfigSchema);
      say(text.trimEnd());
      return 0;
    }
    await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
      throw new AppError(
        "storage_failed",
        `${file} could not be written (${error.code ?? error.message}); check the folder, or choose another -o`,
        { cause: error },
      );
    });
    if (json) document({ file });
    say(`${file} is written; name it in cellar.json, as in "$schema": ${JSON.stringify(`./${file}`)}`);
    return 0;
  },
};
