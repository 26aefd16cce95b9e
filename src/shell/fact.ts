import type { OutputOf } from "../../cells/api/routes.ts";

/** One materialization as the API tells it. */
export type Fact = OutputOf<"history">["materializations"][number];
