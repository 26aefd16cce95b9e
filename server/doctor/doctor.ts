import { stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../cells/errors.ts";
import type { Environment } from "../resources/secrets.ts";
import { findHolder } from "../workspace/lock.ts";
import { engineFindings } from "./engine-health.ts";
import { type Finding, problem } from "./finding.ts";
import { lakeFindings } from "./lake-health.ts";
import { machineFindings } from "./machine.ts";
import { notebookFindings } from "./notebook-health.ts";
import { storeFindings } from "./store-health.ts";

/**
 * Looks at a workspace from outside, whether a server has it or it cannot be opened at all: every part by itself, so that one that
 * fails hides no other. Writes nothing into it.
 */
export async function examine(
  root: string,
  { now, deep, env }: { readonly now: number; readonly deep: boolean; readonly env: Environment },
): Promise<readonly Finding[]> {
  const home = join(root, ".cellar");
  // to ask for the lock makes its file
  const isUsed = (await stat(home).catch(() => null)) !== null;
  const isServed = isUsed && (await findHolder(root).catch(() => null)) !== null;
  const findings: Finding[] = [];
  const parts: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ["machine", () => machineFindings(root)],
    ["store", () => storeFindings(join(home, "store.db"), { now, isServed })],
    ["lake", () => lakeFindings(home, deep)],
    ["notebooks", () => notebookFindings(root, { now, isServed, env })],
    ["engine", () => engineFindings()],
  ];
  for (const [part, look] of parts)
    try {
      findings.push(...(await look()));
    } catch (error) {
      findings.push(
        problem(
          part,
          `it could not be looked at: ${messageOf(error)}`,
          "mend what this says, and run cellar doctor again",
        ),
      );
    }
  return findings;
}
