import type { ImportGate } from "../compile/import-gate.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { KernelHost } from "../protocol/host.ts";
import type { Reactor } from "./define.ts";
import type { DisplayFactory, KernelEnvironment } from "./environment.ts";
import type { Gate } from "./gate.ts";

/** What the parts of a kernel share. */
export interface KernelContext {
  readonly reactor: Reactor;
  readonly host: KernelHost;
  readonly environment: KernelEnvironment;
  readonly display: DisplayFactory;
  /** lets only so many queries run at once */
  readonly queries: Gate;
  readonly now: () => number;
  /** key of an asset of this notebook */
  readonly assetKey: (name: string) => AssetKey;
  /** what `import` and `import.meta` of cells mean */
  readonly imports: ImportGate;
}
