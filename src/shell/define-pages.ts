import { CellarLineage } from "../lineage/lineage-element.ts";
import { CellarShareDialog } from "../share/share-dialog.ts";
import { CellarShared } from "../share/shared-page.ts";
import { CellarShares } from "../share/shares-page.ts";
import "../styles/grid.css";
import "../styles/lineage.css";
import { CellarAsset } from "./asset-page.ts";
import { CellarAssetRows } from "./asset-rows.ts";
import { CellarLineagePage } from "./lineage-page.ts";
import { CellarRun } from "./run-page.ts";
import { CellarRuns } from "./runs-page.ts";
import { CellarSelection } from "./selection-box.ts";

const elements = {
  "cellar-selection": CellarSelection,
  "cellar-lineage": CellarLineage,
  "cellar-lineage-page": CellarLineagePage,
  "cellar-runs": CellarRuns,
  "cellar-run": CellarRun,
  "cellar-asset-rows": CellarAssetRows,
  "cellar-asset": CellarAsset,
  "cellar-shares": CellarShares,
  "cellar-share-dialog": CellarShareDialog,
  "cellar-shared": CellarShared,
} as const;

/** Makes the elements of all pages but the first and the notebook known. May be called again. */
export function definePages(): void {
  for (const [name, element] of Object.entries(elements))
    if (customElements.get(name) === undefined) customElements.define(name, element);
}
