import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/pages.css";
import { version } from "../package.json";
import { lazyEngine } from "./host/engine-provider.ts";
import { draftPaths, flushDrafts } from "./offline/flush-drafts.ts";
import { forgetCache, registerWorker } from "./offline/register.ts";
import { warmCache } from "./offline/warm.ts";
import { type Api, createApi } from "./remote/api.ts";
import { EventFeed } from "./remote/event-feed.ts";
import { loginCodeIn, Session } from "./remote/session.ts";
import { upload } from "./remote/upload.ts";
import { CellarApp } from "./shell/app-element.ts";
import { CellarHeader } from "./shell/header-element.ts";
import { Navigation } from "./shell/navigation.ts";
import type { Route } from "./shell/route.ts";
import { saveResponse } from "./shell/save-response.ts";
import type { Services } from "./shell/services.ts";
import { Theme } from "./shell/theme.ts";
import { trustOwnScripts } from "./shell/trusted-types.ts";

// The composition root of the page: what is made here is passed on, and nothing below makes its own.

const pages: Readonly<Partial<Record<Route["type"], () => Promise<void>>>> = {
  home: async () => (await import("./shell/define-home.ts")).defineHome(),
  notebook: async () => (await import("./shell/define-notebook.ts")).defineNotebook(),
  lineage: async () => (await import("./shell/define-pages.ts")).definePages(),
  runs: async () => (await import("./shell/define-pages.ts")).definePages(),
  run: async () => (await import("./shell/define-pages.ts")).definePages(),
  asset: async () => (await import("./shell/define-pages.ts")).definePages(),
  shares: async () => (await import("./shell/define-pages.ts")).definePages(),
  shared: async () => (await import("./shell/define-pages.ts")).definePages(),
};

/** How long notebooks that are open have to save themselves once the server is back. */
const flushMs = 8_000;

trustOwnScripts();
const theme = new Theme();
theme.apply();
const navigation = new Navigation();
if (navigation.route.type === "shared") void startShared();
else startApp();

function startApp(): void {
  // the code is a secret: it leaves the address before anything else happens
  const code = loginCodeIn(location.hash);
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  const session = new Session(storageOf(() => localStorage));
  const api = createApi({ token: () => session.token, onUnauthorized: () => session.set(null) });
  addEventListener("storage", () => session.reload());
  const feeds = openFeed(api, session);
  customElements.define("cellar-header", CellarHeader);
  customElements.define("cellar-app", CellarApp);
  const app = document.createElement("cellar-app");
  const services: Services = {
    api,
    navigation,
    theme,
    feed: feeds,
    token: () => session.token,
    login: async (given) => {
      const { token } = await createApi({ token: () => null }).call("login", { code: given });
      session.set(token);
      // a stream that was refused has ended
      if (feeds.connection.type === "refused") location.reload();
    },
    logout: () => session.set(null),
    upload: (file, signal) => upload(file, session.token, signal),
    download: saveResponse,
    toast: (toast) => app.toast(toast),
  };
  app.services = services;
  app.engine = lazyEngine();
  app.loadPage = async (type) => pages[type]?.();
  const askLogin = async (): Promise<void> => (await import("./shell/define-login.ts")).defineLogin();
  if (session.token === null) void askLogin();
  session.onChange(() => {
    app.requestUpdate();
    if (session.token !== null) return;
    void askLogin();
    void forgetCache();
  });
  document.body.append(app);
  if (code !== null) void app.login(code);
  feeds.onConnection(() => {
    // what was typed while the server was away; open notebooks save themselves, and first
    if (feeds.connection.type === "online" && feeds.leads) setTimeout(() => void saveDrafts(api, app), flushMs);
  });
  void registerWorker({
    onNewer: (reload) => (app.newer = reload),
    onControl: () => session.token !== null && void warmCache(api),
  });
}

async function saveDrafts(api: Api, app: CellarApp): Promise<void> {
  const paths = await draftPaths().catch(() => []);
  if (paths.length === 0) return;
  const { browserDrafts } = await import("./notebook/drafts.ts");
  const isOpen = (path: string): boolean => navigation.route.type === "notebook" && navigation.route.path === path;
  const saved = await flushDrafts({ api, drafts: browserDrafts(), paths, isOpen }).catch(() => []);
  if (saved.length > 0)
    app.toast({ text: `Saved what was typed without the server: ${saved.join(", ")}`, tone: "plain" });
}

/** The feed of this tab. It follows the login: without one there is no stream. */
function openFeed(api: Api, session: Session): EventFeed {
  const feed = new EventFeed(
    { api, version },
    { channel: new BroadcastChannel("cellar"), locks: "locks" in navigator ? navigator.locks : null },
  );
  let started = false;
  const start = (): void => {
    if (started || session.token === null) return;
    started = true;
    feed.start();
  };
  session.onChange(start);
  start();
  for (const event of ["online", "focus"])
    addEventListener(event, () => feed.connection.type === "stopped" && feed.retry());
  return feed;
}

/** A link of someone else's: its token alone, which stays in memory and in the address. */
async function startShared(): Promise<void> {
  const token = /^#([\w-]{20,200})$/.exec(location.hash)?.[1] ?? null;
  await pages.shared?.();
  const page = document.createElement("cellar-shared");
  page.api = createApi({ token: () => token, private: true });
  page.hasToken = token !== null;
  page.navigation = navigation;
  page.download = saveResponse;
  document.title = "Lineage · Cellar";
  document.body.append(page);
  addEventListener("hashchange", () => location.reload());
}

function storageOf(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}
