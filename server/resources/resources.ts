import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, encodeError, messageOf } from "../../cells/errors.ts";
import { resolveName } from "../workspace/paths.ts";
import { redactor } from "./redact.ts";
import type { Setting } from "../workspace/config-object.ts";
import { isGranted, type ResourceConfig } from "./resource-config.ts";
import type { Connection, ResourceQuestion, ResourceReply } from "./resource.ts";
import { checkSecret, type SecretSource } from "./secrets.ts";
import { type ResourceProcess, type SpawnResource, spawnResource } from "./spawn-resource.ts";

/** What the resources of a workspace need of it. */
export interface ResourcesOptions {
  readonly root: string;
  readonly config: () => ReadonlyMap<string, ResourceConfig>;
  readonly secrets: SecretSource;
  readonly spawn?: SpawnResource;
}

/** The resources of one run: its processes, which end with it. */
export interface ResourceSession {
  /**
   * Asks a resource for a notebook. Throws `resource_missing` where there is none of the name or it is not for that notebook,
   * `secret_missing`, `secret_unreadable`, and what the resource throws.
   */
  ask(notebook: string, resource: string, question: ResourceQuestion, signal: AbortSignal): Promise<ResourceReply>;
  close(): void;
}

/** processes of one resource in one run */
const mostAtOnce = 4;

/** Decides who may ask which resource, and asks it in a process of its own. Secrets are known here and there, and nowhere else. */
export class Resources {
  readonly #options: ResourcesOptions;
  readonly #spawn: SpawnResource;

  constructor(options: ResourcesOptions) {
    this.#options = options;
    this.#spawn = options.spawn ?? spawnResource;
  }

  /** `temporary` is the folder of the run's engine. */
  open(temporary: string): ResourceSession {
    const pools = new Map<string, Pool>();
    let files = 0;
    let isClosed = false;
    return {
      ask: async (notebook, name, question, signal) => {
        const config = this.#granted(notebook, name);
        const { connection, secrets } = await this.#connection(config);
        if (isClosed) throw new AppError("cell_cancelled", "the run ended before its resource was asked");
        const key = JSON.stringify([name, connection]);
        const pool =
          pools.get(key) ?? new Pool(() => this.#spawn({ connection, secrets: Object.fromEntries(secrets) }));
        pools.set(key, pool);
        const target = join(temporary, `resource-${++files}`);
        const { timeoutMs, maxBytes } = config;
        try {
          const answer = await pool.use(
            (process) =>
              process.answer(
                question.type === "query" ? { ...question, target } : question,
                { name, temporary, timeoutMs, maxBytes },
                signal,
              ),
            signal,
          );
          return answer.type === "parquet" || answer.type === "lines"
            ? { type: "rows", path: target, rows: answer }
            : answer;
        } catch (error) {
          throw withoutSecrets(error, redactor(secrets));
        }
      },
      close() {
        isClosed = true;
        for (const pool of pools.values()) pool.close();
      },
    };
  }

  /** Whether a resource answers: what it is, or why it does not. */
  async check(name: string, temporary: string): Promise<{ readonly ok: boolean; readonly what: string }> {
    const config = this.#options.config().get(name);
    if (config === undefined) return { ok: false, what: "it is not in cellar.json" };
    try {
      const { connection, secrets } = await this.#connection(config);
      const process = await this.#spawn({ connection, secrets: Object.fromEntries(secrets) });
      try {
        const { timeoutMs, maxBytes } = config;
        const options = { name, temporary, maxBytes, timeoutMs: Math.min(timeoutMs, checkMs) };
        const answer = await process.answer({ type: "check" }, options, new AbortController().signal);
        return { ok: true, what: answer.type === "reachable" ? answer.what : answer.type };
      } catch (error) {
        return { ok: false, what: messageOf(withoutSecrets(error, redactor(secrets))) };
      } finally {
        process.kill();
      }
    } catch (error) {
      return { ok: false, what: messageOf(error) };
    }
  }

  #granted(notebook: string, name: string): ResourceConfig {
    const resources = this.#options.config();
    const config = resources.get(name);
    if (config === undefined) {
      const known = [...resources.keys()];
      const there = known.length === 0 ? "there is none yet" : `there are ${known.join(", ")}`;
      throw new AppError(
        "resource_missing",
        `no resource is named ${JSON.stringify(name)}: ${there}; add it to "resources" in cellar.json`,
        { data: { resource: name } },
      );
    }
    if (isGranted(config, notebook)) return config;
    const globs = [...(config.notebooks ?? []), notebook.replace(/\.html$/, "")];
    throw new AppError(
      "resource_missing",
      `resource ${name} is not granted to ${notebook}; in cellar.json, write "notebooks": ${JSON.stringify(globs)} into resources.${name}`,
      { data: { resource: name, notebook } },
    );
  }

  /** The path of a resource's file, whose links stay in the workspace. */
  async #file(name: string, file: string): Promise<string> {
    const path = await resolveName(this.#options.root, file);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
    throw new AppError(
      "file_not_found",
      `resource ${name} has no file ${file}: put it into the workspace, or change "file" in cellar.json`,
      { data: { resource: name, file } },
    );
  }

  async #connection(config: ResourceConfig): Promise<{
    readonly connection: Connection;
    readonly secrets: ReadonlyMap<string, string>;
  }> {
    const { name, is } = config;
    const secrets = new Map<string, string>();
    const valueOf = async (setting: Setting): Promise<string> => {
      if (setting.type === "text") return setting.text;
      const value = await this.#options.secrets.value(setting.name);
      if (value === null)
        throw new AppError(
          "secret_missing",
          `resource ${name} needs the secret ${setting.name}, which is not there; run cellar secret set ${setting.name}, or start Cellar with CELLAR_SECRET_${setting.name}`,
          { data: { resource: name, secret: setting.name } },
        );
      checkSecret(setting.name, value);
      secrets.set(setting.name, value);
      return setting.prefix + value;
    };
    switch (is.kind) {
      case "sqlite":
      case "duckdb":
        return { connection: { kind: is.kind, path: await this.#file(name, is.file) }, secrets };
      case "http": {
        const headers: Record<string, string> = {};
        for (const [header, setting] of Object.entries(is.headers)) headers[header] = await valueOf(setting);
        return { connection: { ...is, headers }, secrets };
      }
      case "postgres":
        return {
          connection: { ...is, password: is.password === null ? null : await valueOf(is.password) },
          secrets,
        };
      case "s3": {
        if (is.keys === null) return { connection: { ...is, keys: null }, secrets };
        const { accessKey, secretKey, sessionToken } = is.keys;
        const keys = {
          accessKey: await valueOf(accessKey),
          secretKey: await valueOf(secretKey),
          sessionToken: sessionToken === null ? null : await valueOf(sessionToken),
        };
        return { connection: { ...is, keys }, secrets };
      }
    }
  }
}

const checkMs = 15_000;

/** Processes of one connection, used again one call after the other, since each takes 0.1 s to start. */
class Pool {
  readonly #start: () => Promise<ResourceProcess>;
  readonly #living = new Set<ResourceProcess>();
  readonly #idle: ResourceProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #isClosed = false;

  constructor(start: () => Promise<ResourceProcess>) {
    this.#start = start;
  }

  async use<T>(work: (process: ResourceProcess) => Promise<T>, signal: AbortSignal): Promise<T> {
    while (this.#busy >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    signal.throwIfAborted();
    this.#busy++;
    try {
      const process = this.#take() ?? (await this.#start());
      this.#living.add(process);
      if (this.#isClosed) process.kill();
      try {
        return await work(process);
      } finally {
        if (process.isDead) this.#living.delete(process);
        else this.#idle.push(process);
      }
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const process of this.#living) process.kill();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #take(): ResourceProcess | null {
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (!process.isDead) return process;
      this.#living.delete(process);
    }
    return null;
  }
}

/** The process took them out already; what it did not see, such as its own end, is looked at here. */
function withoutSecrets(error: unknown, redact: (text: string) => string): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, data } = encodeError(error);
  const clean = Object.entries(data).map(([key, value]) => [key, typeof value === "string" ? redact(value) : value]);
  return new AppError(code ?? "resource_failed", redact(message), { data: Object.fromEntries(clean) });
}
