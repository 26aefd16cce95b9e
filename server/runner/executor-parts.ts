import type { Clock } from "../clock.ts";
import type { Limits } from "../engine/messages.ts";
import type { Lake } from "../lake/lake.ts";
import type { Resources } from "../resources/resources.ts";
import type { Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { EnginePool } from "../engines/engine.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import type { Slots } from "../engines/slots.ts";
import type { PoolSlots } from "./pool-slots.ts";

/** What carrying out runs needs of the server. */
export interface ExecutorParts {
  readonly store: Store;
  readonly lake: Lake;
  /** of partitions that are values of a column */
  readonly partitions: Pick<PartitionReader, "spaces">;
  readonly pool: EnginePool;
  readonly slots: Slots;
  readonly files: WorkspaceFiles;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly limits: Limits;
  /** folder of the lake's content, readable by engines */
  readonly lakeFolder: string;
  /** private folder for an engine's staging and spill files, by name */
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  /** names this process in leases */
  readonly holder: string;
  /** after a step without a `timeout` of its own has run this long, it is ended */
  readonly stepTimeoutMs: () => number;
  /** how many steps of each pool compute at once */
  readonly poolSlots: PoolSlots;
  /** in [0, 1), for jitter */
  readonly random: () => number;
}
