/**
 * The address of a notebook's document says which hosts its `fetch` may reach, and the answer's policy grants exactly these: server,
 * service worker and frame read the same address, so that it holds without a server too. Nothing else is in it, and what is not
 * written as `frameAddress` writes it grants nothing.
 */
const hostPattern =
  /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9]\d{0,4})?$/;
const mostHosts = 50;

/** Names of this machine: they have no certificates, so that they are reached without. */
const loopback = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/;

/** The address of the document at `path` that may reach these hosts, as `NotebookOptions.hosts` has them; other names are left out. */
export function frameAddress(path: string, hosts: readonly string[]): string {
  const granted = [...new Set(hosts)].filter((host) => hostPattern.test(host)).sort();
  return granted.length === 0 ? path : `${path}?hosts=${granted.slice(0, mostHosts).join(",")}`;
}

/** The hosts that an address grants, by its query (`?…` or ""). Null for a query that `frameAddress` does not write. */
export function readGrantedHosts(search: string): readonly string[] | null {
  if (search === "") return [];
  const hosts = /^\?hosts=(.+)$/s.exec(search)?.[1]?.split(",") ?? [];
  const isExact = hosts.length > 0 && frameAddress("", hosts) === search;
  return isExact ? hosts : null;
}

/** What stands behind `connect-src` in the policy of a document that may reach these hosts. */
export function connectSources(hosts: readonly string[]): string {
  if (hosts.length === 0) return "'none'";
  return hosts.flatMap((host) => [`https://${host}`, ...(loopback.test(host) ? [`http://${host}`] : [])]).join(" ");
}

/** Whether a request may go to a URL: its scheme and host are granted, as a policy of `connectSources` has it. */
export function isGranted(hosts: readonly string[], { protocol, host, hostname }: URL): boolean {
  if (protocol !== "https:" && !(protocol === "http:" && loopback.test(host))) return false;
  return hosts.some((granted) => {
    if (granted === host) return true;
    // a port that is not written is the scheme's own, which a URL leaves out
    if (!granted.startsWith("*.")) return false;
    const [suffix = "", port = ""] = granted.slice(1).split(":");
    return hostname.endsWith(suffix) && host === (port === "" ? hostname : `${hostname}:${port}`);
  });
}
