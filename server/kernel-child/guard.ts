/**
 * Takes from JavaScript what Node's permission model leaves it: signals to other processes, the process's own switches,
 * the way to built-in modules, and the network's globals, which would only fail later. A fence for accidents and for code
 * of one's own; `README.md` says what it is not.
 */
export function raiseGuard(): void {
  const { versions, version, platform, arch, pid } = process;
  const forbidden = (name: string) => (): never => {
    throw new Error(`${name} is not available to cells that run on the server`);
  };
  for (const name of removed) Reflect.deleteProperty(process, name);
  for (const name of closed)
    Object.defineProperty(process, name, { value: forbidden(`process.${name}`), writable: false, configurable: false });
  for (const name of globals) Reflect.deleteProperty(globalThis, name);
  Object.defineProperty(globalThis, "fetch", {
    value: () =>
      Promise.reject(new Error("fetch is not available to cells that run on the server; read a file, or an asset")),
    configurable: true,
    writable: true,
  });
  // what libraries ask of `process`, and nothing else of it
  const shown = Object.freeze({
    arch,
    argv: Object.freeze([]),
    browser: false,
    cwd: () => "/",
    emitWarning: () => undefined,
    env: Object.freeze({}),
    nextTick: (callback: (...values: readonly unknown[]) => void, ...values: readonly unknown[]) =>
      queueMicrotask(() => callback(...values)),
    off: () => shown,
    on: () => shown,
    once: () => shown,
    pid,
    platform,
    version,
    versions: Object.freeze({ ...versions }),
  });
  Object.defineProperty(globalThis, "process", { value: shown, writable: false, configurable: false });
}

/** what nothing here uses after the start */
const removed = [
  "_debugEnd",
  "_debugProcess",
  "_kill",
  "_linkedBinding",
  "_rawDebug",
  "_startProfilerIdleNotifier",
  "_stopProfilerIdleNotifier",
  "abort",
  "binding",
  "chdir",
  "dlopen",
  "execve",
  "getActiveResourcesInfo",
  "initgroups",
  "loadEnvFile",
  "report",
  "send",
  "setegid",
  "seteuid",
  "setgid",
  "setgroups",
  "setuid",
  "umask",
];
// not `disconnect`: Node calls it itself when the engine's end of the channel is gone, and the child ends with that
const closed = ["getBuiltinModule", "kill"];
const globals = ["EventSource", "Navigator", "WebSocket", "XMLHttpRequest", "navigator"];
