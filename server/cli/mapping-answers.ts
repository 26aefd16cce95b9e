import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { systemClock } from "../clock.ts";
import { defaultLimits } from "../engine/default-limits.ts";
import { createEnginePool } from "../engines/engine-pool.ts";
import { MappingReader } from "../partitions/mapping-reader.ts";

/**
 * What the functions of a workspace that is not open answer for the partitions until `at`, in milliseconds since 1970. Nothing is started
 * where there are none, and nothing is written into the workspace.
 */
export async function mappingAnswers(workspace: Workspace, at: number): Promise<OpenPartitions> {
  const pool = createEnginePool({ spareMs: 0 });
  const folder = await mkdtemp(join(tmpdir(), "cellar-mappings-"));
  const scratch = async (name: string) => {
    const folders = { staging: join(folder, name, "staging"), temporary: join(folder, name, "temporary") };
    for (const each of Object.values(folders)) await mkdir(each, { recursive: true, mode: 0o700 });
    return folders;
  };
  try {
    const reader = new MappingReader({ pool, scratch, limits: defaultLimits, clock: systemClock });
    return { answers: await reader.answers(workspace, spacesOf(workspace, { at })) };
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
}
