import type { OutputOf } from "../../cells/api/routes.ts";
import type { Lineage } from "../../cells/lineage/lineage.ts";

/** Everything that the first page shows. */
export interface HomeData {
  readonly notebooks: OutputOf<"notebooks">["notebooks"];
  readonly files: OutputOf<"files">["files"];
  /** null where the server could not tell how assets stand */
  readonly lineage: Lineage | null;
  readonly now: number;
}
