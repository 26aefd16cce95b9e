import type { Auth } from "../http/auth.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { alertHandlers } from "./alerts.ts";
import { backfillHandlers } from "./backfills.ts";
import { assetHandlers } from "./assets.ts";
import { automationHandlers } from "./automation.ts";
import { checkHandlers } from "./checks.ts";
import { branchHandlers } from "./branches.ts";
import { freshnessHandlers } from "./freshness.ts";
import { seriesHandlers } from "./series.ts";
import { fileHandlers } from "./files.ts";
import { lineageHandlers } from "./lineage.ts";
import { notebookHandlers } from "./notebooks.ts";
import { queryHandlers } from "./query.ts";
import { partitionHandlers } from "./partitions.ts";
import { reportHandlers } from "./report.ts";
import { resourceHandlers } from "./resources.ts";
import { runHandlers } from "./runs.ts";
import { scheduleHandlers } from "./schedules.ts";
import { sensorHandlers } from "./sensors.ts";
import { shareHandlers } from "./shares.ts";
import { signalHandlers } from "./signals.ts";
import { systemHandlers } from "./system.ts";

/** A handler for every route, over one open workspace. The command line calls them without HTTP where no server runs. */
export function allHandlers(workspace: OpenWorkspace, auth: Auth, origin: () => string): Handlers {
  return {
    ...systemHandlers(workspace, auth, origin),
    ...notebookHandlers(workspace),
    ...fileHandlers(workspace),
    ...assetHandlers(workspace),
    ...queryHandlers(workspace),
    ...partitionHandlers(workspace),
    ...backfillHandlers(workspace),
    ...reportHandlers(workspace),
    ...runHandlers(workspace),
    ...checkHandlers(workspace),
    ...freshnessHandlers(workspace),
    ...scheduleHandlers(workspace),
    ...seriesHandlers(workspace),
    ...resourceHandlers(workspace),
    ...automationHandlers(workspace),
    ...signalHandlers(workspace),
    ...alertHandlers(workspace),
    ...branchHandlers(workspace),
    ...sensorHandlers(workspace),
    ...lineageHandlers(workspace),
    ...shareHandlers(workspace, origin),
  };
}
