import { randomUUID } from "node:crypto";
import { AppError } from "../../cells/errors.ts";
import type { Lineage } from "../../cells/lineage/lineage.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { printSelection } from "../../cells/select/print.ts";
import { hashSecret, newSecret } from "../http/auth.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import type { Share } from "../store/store.ts";
import { lineageNow, lineageOfRun } from "./lineage.ts";

type Names = "shares" | "createShare" | "revokeShare" | "shared";

const dayMs = 24 * 60 * 60_000;
const defaultLifeMs = 30 * dayMs;
const longestLifeMs = 366 * dayMs;

/** Links that show lineage to someone without a login, read only, with no data unless chosen. */
export function shareHandlers(workspace: OpenWorkspace, origin: () => string): Pick<Handlers, Names> {
  const { store, clock } = workspace;
  return {
    async shares() {
      return {
        shares: (await store.shares()).map(({ id, selection, run, withData, createdAt, expiresAt, revokedAt }) => ({
          id,
          selection,
          run,
          withData,
          createdAt,
          expiresAt,
          revokedAt,
        })),
      };
    },
    async createShare({ select, run, withData, expiresInMs }) {
      const selection = select === undefined || select.trim() === "" ? "" : printSelection(parseSelection(select));
      const life = Number(expiresInMs ?? defaultLifeMs);
      if (life <= 0 || life > longestLifeMs)
        throw new AppError(
          "usage",
          "a link lives at least a moment and at most a year: give expiresInMs between 1 and 31622400000",
        );
      const lineage =
        run === undefined ? await lineageNow(workspace, selection) : await lineageOfRun(workspace, selection, run);
      if (lineage.nodes.length === 0)
        throw new AppError(
          "usage",
          "the selection is empty, so the link would show nothing; choose at least one asset",
        );
      const token = newSecret();
      const share: Share = {
        id: randomUUID(),
        tokenHash: hashSecret(token),
        selection,
        run: run ?? null,
        snapshot: run === undefined ? null : JSON.stringify(lineage),
        withData: withData === true || withData === "true",
        createdAt: clock.now(),
        expiresAt: clock.now() + life,
        revokedAt: null,
      };
      await store.addShare(share);
      // the token stands behind the #: it is in no log, no Referer and no request line
      return { id: share.id, url: `${origin()}/s#${token}`, token, expiresAt: share.expiresAt };
    },
    async revokeShare({ id }) {
      if (!(await store.revokeShare(id, clock.now())))
        throw new AppError(
          "not_found",
          `no link has the id ${id}, or it was revoked before; cellar share --list shows those there are`,
        );
      return { ok: true };
    },
    async shared(_input, { principal }) {
      if (principal.type !== "share")
        throw new AppError("usage", "this shows what a link's token shows; ask with that token");
      const { share } = principal;
      const { nodes, edges } = await lineageOfShare(workspace, share);
      return {
        selection: share.selection,
        run: share.run,
        withData: share.withData,
        expiresAt: share.expiresAt,
        nodes: [...nodes],
        edges: [...edges],
      };
    },
  };
}

/** Refuses, as an unknown asset would be, what a link does not show. Throws `unauthorized`. */
export async function mayReadData(workspace: OpenWorkspace, share: Share, asset: AssetKey): Promise<void> {
  const shown =
    share.withData &&
    (await lineageOfShare(workspace, share)).nodes.some((node) => node.type === "asset" && node.key === asset);
  if (!shown)
    throw new AppError(
      "unauthorized",
      "this link does not give the data of that asset; ask its owner for another link",
    );
}

async function lineageOfShare(workspace: OpenWorkspace, share: Share): Promise<Lineage> {
  return share.snapshot === null ? lineageNow(workspace, share.selection) : (JSON.parse(share.snapshot) as Lineage);
}
