import { readFile, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { findNodeAtLocation, type Node, parseTree, type ParseError, printParseErrorCode } from "jsonc-parser";
import { AppError } from "../../cells/errors.ts";
import { placeOf } from "../../cells/model/diagnostic.ts";
import { readResources, type ResourceConfig } from "../resources/resource-config.ts";
import { type JobConfig, readJobs } from "../jobs/job-config.ts";
import { defaultQueueConfig, type Pools, type QueueConfig, readPools, readQueue } from "../queue/queue-config.ts";
import { type AlertConfig, readAlerts } from "../outbox/alert-config.ts";
import { type MailServer, readMailServer } from "../outbox/mail-config.ts";
import { type OpenLineageConfig, readLineage } from "../outbox/lineage-config.ts";
import type { Report } from "./config-object.ts";
import { checkName } from "./paths.ts";

/** Where a large file comes from: a file of an installed npm package. */
export interface FileSource {
  readonly package: string;
  readonly path: string;
}

/** `cellar.json`, read and complete. */
export interface WorkspaceConfig {
  readonly files: ReadonlyMap<string, FileSource>;
  readonly resources: ReadonlyMap<string, ResourceConfig>;
  readonly jobs: ReadonlyMap<string, JobConfig>;
  /** where each job stands, from 1 */
  readonly jobPlaces: ReadonlyMap<string, { readonly line: number; readonly column: number }>;
  readonly pools: Pools;
  readonly queue: QueueConfig;
  readonly alerts: ReadonlyMap<string, AlertConfig>;
  /** the server that takes mails; null where there is none */
  readonly mail: MailServer | null;
  /** where people reach the server, for links in what is told to them; null: where it listens */
  readonly address: string | null;
  /** null where lineage is told to nobody */
  readonly lineage: OpenLineageConfig | null;
}

/** A workspace without `cellar.json`. */
const emptyWorkspaceConfig: WorkspaceConfig = {
  files: new Map(),
  resources: new Map(),
  jobs: new Map(),
  jobPlaces: new Map(),
  pools: new Map(),
  queue: defaultQueueConfig,
  alerts: new Map(),
  mail: null,
  address: null,
  lineage: null,
};

/** Something wrong in `cellar.json`, with its place; `line` and `column` from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const known = ["$schema", "files", "jobs", "resources", "pools", "queue", "alerts", "mail", "address", "lineage"];

/** Reads a workspace's `cellar.json`; a missing file is an empty one. Never throws for what is written in it. */
export async function readWorkspaceConfig(
  root: string,
): Promise<{ readonly config: WorkspaceConfig; readonly problems: readonly ConfigProblem[] }> {
  const text = await readFile(join(root, "cellar.json"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new AppError(
      "config_invalid",
      `cellar.json cannot be read: ${error.code ?? error.message}; check its permissions`,
      { cause: error },
    );
  });
  return text === null ? { config: emptyWorkspaceConfig, problems: [] } : parseWorkspaceConfig(text);
}

/** The text of a `cellar.json` as a configuration; what is wrong is left out and reported with its place. */
export function parseWorkspaceConfig(text: string): {
  readonly config: WorkspaceConfig;
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const report = (offset: number, message: string) => problems.push({ ...placeOf(text, offset), message });
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors);
  for (const { error, offset } of errors)
    report(
      offset,
      `cellar.json is not JSON here: ${wordsOf(printParseErrorCode(error))}; mend it, nothing was changed`,
    );
  const files = new Map<string, FileSource>();
  if (tree === undefined) return { config: emptyWorkspaceConfig, problems };
  if (tree.type !== "object") report(tree.offset, 'cellar.json must be one object, as in {"files": {}}');
  for (const { key } of members(tree))
    if (!known.includes(key.value))
      report(
        key.offset,
        `unknown member ${JSON.stringify(key.value)} of cellar.json; known are ${known.slice(1).join(", ")}`,
      );
  const listed = findNodeAtLocation(tree, ["files"]);
  if (listed !== undefined && listed.type !== "object")
    report(listed.offset, '"files" must be an object of name → source');
  for (const { key, node } of members(listed)) {
    try {
      checkName(key.value);
    } catch (error) {
      report(key.offset, error instanceof Error ? error.message : String(error));
      continue;
    }
    const source =
      node?.type === "string" ? /^npm:((?:@[\w.-]+\/)?[\w.-]+)\/([\w./-]+)$/.exec(String(node.value)) : null;
    if (source?.[1] === undefined || source[2] === undefined || source[2].split("/").includes(".."))
      report(
        node?.offset ?? key.offset,
        `source of file ${JSON.stringify(key.value)} cannot be read; write "npm:package/path/in/package"`,
      );
    else files.set(key.value, { package: source[1], path: source[2] });
  }
  const section = (name: string) => findNodeAtLocation(tree, [name]);
  const config: WorkspaceConfig = {
    files,
    resources: readResources(section("resources"), report),
    jobs: readJobs(section("jobs"), report),
    jobPlaces: new Map(members(section("jobs")).map(({ key }) => [key.value, placeOf(text, key.offset)])),
    pools: readPools(section("pools"), report),
    queue: readQueue(section("queue"), report),
    // a server with a mistake is there: it is said once
    alerts: readAlerts(section("alerts"), section("mail") !== undefined, report),
    mail: readMailServer(section("mail"), report),
    address: readAddress(section("address"), report),
    lineage: readLineage(section("lineage"), report),
  };
  return { config, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/**
 * Absolute path of a file of an installed package, looked for where Node would: in `node_modules` beside the workspace and above
 * it, then in the project's own. Throws `file_not_found`.
 */
export async function locateFileSource(root: string, name: string, source: FileSource): Promise<string> {
  const beside = createRequire(join(root, "cellar.json")).resolve.paths(source.package) ?? [];
  const own = createRequire(import.meta.url).resolve.paths(source.package) ?? [];
  for (const folder of [...beside, ...own]) {
    const path = join(folder, source.package, source.path);
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return realpath(path);
  }
  throw new AppError(
    "file_not_found",
    `file ${name} is not there: cellar.json takes it from ${source.path} of the package ${source.package}; install that package`,
    { data: { file: name } },
  );
}

function members(
  node: Node | undefined,
): readonly { readonly key: { readonly value: string; readonly offset: number }; readonly node: Node | undefined }[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined ? [] : [{ key: { value: String(key.value), offset: key.offset }, node: value }];
  });
}

/** `CloseBraceExpected` → `close brace expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

/** Where a value stands in a JSON text, by the names and numbers that lead to it: line and column from 1; null where nothing does. */
export function placeInJson(
  text: string,
  path: readonly (string | number)[],
): { readonly line: number; readonly column: number } | null {
  const node = findNodeAtLocation(parseTree(text, []) ?? { type: "null", offset: 0, length: 0 }, [...path]);
  return node === undefined ? null : placeOf(text, node.offset);
}

/** The first place at which a text is no JSON, and why; null where it is. */
export function problemOfJson(
  text: string,
): { readonly line: number; readonly column: number; readonly message: string } | null {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true });
  const [first] = errors;
  return first === undefined
    ? null
    : { ...placeOf(text, first.offset), message: wordsOf(printParseErrorCode(first.error)) };
}

function readAddress(node: Node | undefined, report: Report): string | null {
  if (node === undefined) return null;
  const url = node.type === "string" ? URL.parse(String(node.value)) : null;
  const isRight = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search + url.hash === "";
  if (!isRight)
    report(node.offset, '"address" must be where people reach the server, as in "https://cellar.example.com"');
  return isRight ? url.href.replace(/\/+$/, "") : null;
}
