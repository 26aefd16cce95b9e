import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile } from "../lake/hash-file.ts";
import { parseFileName, placeOf } from "../lake/address.ts";
import { openSqliteFile } from "../store/sqlite-file.ts";
import { type Finding, info, problem, some, warning } from "./finding.ts";

/** files that are read whole without `--deep`, the newest */
const sampled = 20;

interface Kept {
  readonly asset: string;
  readonly sha256: string;
  readonly format: string;
  readonly bytes: number;
  /** whether readers see it */
  readonly seen: number;
}

/** Whether every file that a fact names is there and whole (some of them, or with `deep` each), and what nothing names. */
export async function lakeFindings(home: string, deep: boolean): Promise<readonly Finding[]> {
  const root = join(home, "lake");
  const kept = keptFiles(join(home, "store.db"));
  if (kept === null) return [];
  const missing: Kept[] = [];
  const damaged: Kept[] = [];
  let checked = 0;
  for (const fact of kept) {
    if (fact.format !== "parquet" && fact.format !== "json") continue;
    const { path } = placeOf(root, { sha256: fact.sha256, extension: fact.format });
    const found = await stat(path).catch(() => null);
    if (found === null) missing.push(fact);
    else if (found.size !== fact.bytes) damaged.push(fact);
    else if (deep || checked < sampled) {
      checked++;
      if ((await hashOf(path)) !== fact.sha256) damaged.push(fact);
    }
  }
  return [
    ...lossOf(missing, "is not in the lake any more"),
    ...lossOf(damaged, "is damaged"),
    ...(missing.length + damaged.length === 0
      ? [
          info(
            "lake",
            `${kept.length} files are there, ${checked} of them read whole${deep ? "" : "; --deep reads each"}`,
          ),
        ]
      : []),
    ...(await strangers(root, new Set(kept.map(({ sha256 }) => sha256)))),
  ];
}

async function hashOf(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    return (await hashFile(file)).sha256;
  } finally {
    await file.close();
  }
}

function lossOf(lost: readonly Kept[], what: string): readonly Finding[] {
  const assets = (seen: boolean) => [
    ...new Set(lost.filter((fact) => (fact.seen === 1) === seen).map(({ asset }) => asset)),
  ];
  const [now, before] = [assets(true), assets(false)];
  return [
    ...(now.length > 0
      ? [
          problem(
            "lake",
            `the data of ${some(now)} ${what}`,
            `run cellar run --select ${now[0] ?? ""} --force, or put the file back`,
          ),
        ]
      : []),
    ...(before.length > 0
      ? [
          warning(
            "lake",
            `an older version of ${some(before)} ${what}`,
            "it cannot be read or found again; nothing else depends on it",
          ),
        ]
      : []),
  ];
}

/** What facts that are not retired name, each file once, the newest first; null where there is no store to ask. */
function keptFiles(path: string): readonly Kept[] | null {
  try {
    const file = openSqliteFile(path, { readOnly: true });
    try {
      return file
        .prepare<[], Kept>(
          `select m.asset, m.sha256, m.format, m.bytes, max(p.fact is not null) as seen from materializations m
           left join pointers p on p.fact = m.seq where m.retired_at is null and m.sha256 != ''
           group by m.sha256, m.format order by max(m.seq) desc`,
        )
        .all();
    } finally {
      file.close();
    }
  } catch {
    // what is wrong with the store is told where the store is looked at
    return null;
  }
}

/** Files of the lake that no fact names. The collector removes them, some time after they came. */
async function strangers(root: string, named: ReadonlySet<string>): Promise<readonly Finding[]> {
  let count = 0;
  let bytes = 0;
  for (const folder of await readdir(root).catch(() => [])) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of await readdir(join(root, folder))) {
      const address = parseFileName(name);
      if (address !== null && named.has(address.sha256)) continue;
      count++;
      bytes += (await stat(join(root, folder, name)).catch(() => null))?.size ?? 0;
    }
  }
  if (count === 0) return [];
  return [
    info(
      "lake",
      `${count} files (${Math.ceil(bytes / 1024)} kB) belong to nothing any more; the server removes them after a while`,
    ),
  ];
}
