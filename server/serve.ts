import { existsSync } from "node:fs";
import { join } from "node:path";
import { allHandlers } from "./handlers/all-handlers.ts";
import { trust } from "./handlers/trust.ts";
import { loginUrl } from "./handlers/system.ts";
import { Auth, sessionToken } from "./http/auth.ts";
import { type HttpServer, listen } from "./http/http-server.ts";
import { type OpenOptions, type OpenWorkspace, openWorkspace } from "./open-workspace.ts";

export interface ServeOptions extends OpenOptions {
  readonly workspace: string;
  readonly host: string;
  readonly port: number;
  /** says that what is in the folder now may run when it is opened */
  readonly trustAll: boolean;
  /** folder of the built page */
  readonly pages?: string;
}

/** A server that listens, with its workspace. */
export interface RunningServer {
  readonly origin: string;
  readonly loginUrl: string;
  readonly token: string;
  readonly workspace: OpenWorkspace;
  readonly http: HttpServer;
  close(): Promise<void>;
}

const built = join(import.meta.dirname, "../dist");

/** Opens a workspace, listens, follows its folder and starts its schedules, conditions and sensors: the composition root of `cellar serve`. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const report = options.report ?? ((error: unknown) => console.error(error));
  const workspace = await openWorkspace(options.workspace, { ...options, report });
  let http: HttpServer | null = null;
  try {
    if (options.trustAll) for (const entry of workspace.catalog.entries()) await trust(workspace, entry);
    const token = await sessionToken(join(workspace.home, "token"));
    const auth = new Auth(token, workspace.store, workspace.clock);
    const origin = () => http?.origin ?? "";
    const pages = options.pages ?? built;
    http = await listen({
      host: options.host,
      port: options.port,
      auth,
      handlers: allHandlers(workspace, auth, origin),
      pages: existsSync(join(pages, "index.html")) ? pages : null,
      report,
    });
    workspace.lock.announce(http.origin);
    const listening = http;
    await workspace.catalog.follow();
    await workspace.counts.start();
    void workspace.scheduler.look();
    void workspace.automation.start();
    workspace.live.onChange(() => void workspace.automation.reconsider());
    workspace.freshness.start().catch(report);
    workspace.live.onChange(() => void workspace.scheduler.look());
    void workspace.sensors.start();
    await workspace.eventsOut.look();
    workspace.live.onChange(() => void workspace.eventsOut.look());
    workspace.collector.start();
    return {
      origin: listening.origin,
      loginUrl: loginUrl(listening.origin, auth),
      token,
      workspace,
      http: listening,
      async close() {
        workspace.lock.withdraw();
        await listening.close();
        await workspace.close();
      },
    };
  } catch (error) {
    await http?.close();
    await workspace.close();
    throw error;
  }
}
