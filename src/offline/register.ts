import { apiCache, lakeCache, type WorkerMessage } from "./caches.ts";

export interface WorkerListener {
  /** a newer build waits; `reload` takes it */
  readonly onNewer: (reload: () => void) => void;
  /** the service worker answers this page's requests from now on */
  readonly onControl: () => void;
}

/** How often a page that stays open asks for a newer build. */
const askMs = 10 * 60_000;

/**
 * Has the service worker keep the page and what it shows. Where there is none (no TLS and not this machine, private mode, development)
 * the page works as long as the server does.
 */
export async function registerWorker({ onNewer, onControl }: WorkerListener): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const container = navigator.serviceWorker;
  let reloading = false;
  container.addEventListener("controllerchange", () => {
    if (reloading) location.reload();
    else onControl();
  });
  if (container.controller !== null) onControl();
  try {
    const registration: ServiceWorkerRegistration | undefined = await container.register("/worker.js");
    // where a browser's settings forbid it, some resolve to nothing
    if (registration === undefined) return;
    const offer = (): void => {
      const { waiting } = registration;
      if (waiting === null || container.controller === null) return;
      onNewer(() => {
        reloading = true;
        const message: WorkerMessage = { type: "take-over" };
        waiting.postMessage(message);
      });
    };
    offer();
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", () => installing.state === "installed" && offer());
    });
    setInterval(() => void registration.update().catch(() => undefined), askMs);
  } catch (error) {
    // the page works without it; a console is where whoever wonders looks
    console.warn("the service worker was not registered; this page needs its server", error);
  }
}

/** The login ended: drops what it read from this browser. */
export async function forgetCache(): Promise<void> {
  if (!("caches" in globalThis)) return;
  await Promise.all([caches.delete(apiCache), caches.delete(lakeCache)]);
}
