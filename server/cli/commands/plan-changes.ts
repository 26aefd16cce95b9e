import type { Connection } from "../command.ts";
import { groupBy } from "../slices.ts";
import { formatMs, formatTable } from "../table.ts";

const signs: Readonly<Record<string, string>> = { added: "+", removed: "-", direct: "~", indirect: "~" };

/** `cellar plan --draft`, `--branch`: how each asset differs from what is published, notebook by notebook. Resolves with the exit code. */
export async function planChanges(
  connection: Connection,
  asked: { readonly path?: string; readonly branch?: string },
  { json, say, document }: { readonly json: boolean; say(line: string): void; document(value: unknown): void },
): Promise<number> {
  const report = await connection.call("changes", asked);
  if (json) document(report);
  const differing = report.assets.filter(({ change }) => change !== "unchanged");
  for (const group of groupBy(differing, ({ notebook }) => notebook)) {
    say(group[0].notebook);
    say(
      formatTable(
        ["", "asset", "change", "takes", "why"],
        group.map(({ key, change, affected, action, estimateMs, reason, why }) => [
          signs[change] ?? "",
          key,
          change === "indirect" && !affected ? "not affected" : change,
          action === "run" ? formatMs(estimateMs) : (action ?? ""),
          // of a run, what differs is why
          why !== null && (action === "reuse" || why.includes("partitions")) ? `${reason}; ${why}` : reason,
        ]),
      ),
    );
  }
  const count = (change: string) => report.assets.filter((asset) => asset.change === change).length;
  const runs = report.assets.filter(({ action }) => action === "run").length;
  say(
    `${count("added")} added, ${count("removed")} removed, ${count("direct")} changed, ${count("indirect")} below a change ` +
      `(${report.assets.filter(({ change, affected }) => change === "indirect" && affected).length} affected), ${count("unchanged")} unchanged; ${runs} to run`,
  );
  return 0;
}
