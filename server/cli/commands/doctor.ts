import { stat } from "node:fs/promises";
import { AppError } from "../../../cells/errors.ts";
import { examine } from "../../doctor/doctor.ts";
import type { Command } from "../command.ts";

const marks = { info: "ok     ", warning: "warning", error: "ERROR  " } as const;

/** `cellar doctor`: looks from outside, so that it works where nothing else does. */
export const doctor: Command = {
  name: "doctor",
  usage: "",
  about: "look for what is wrong with a workspace, and say what to do",
  options: { deep: { type: "boolean", value: "", about: "read every file of the lake whole" } },
  async run({ args, around, at, directory, json, say, document }) {
    if (!(await stat(directory).catch(() => null))?.isDirectory())
      throw new AppError(
        "workspace_invalid",
        `not a folder: ${directory}; give --workspace the folder that holds your notebooks`,
      );
    const findings = await examine(directory, { now: at ?? Date.now(), deep: args.flag("deep"), env: around.env });
    const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
    const ok = count("error") === 0;
    if (json) document({ ok, findings });
    for (const { severity, part, message, advice } of findings) {
      say(`${marks[severity]} ${part}: ${message}`);
      if (advice !== "") say(`        ${advice}`);
    }
    say(`${count("error")} errors, ${count("warning")} warnings`);
    return ok ? 0 : 1;
  },
};
