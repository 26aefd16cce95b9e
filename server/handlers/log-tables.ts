import { open } from "node:fs/promises";
import { join } from "node:path";
import type { StoredInput } from "../engine/messages.ts";
import type { Store } from "../store/store.ts";

/** A table of what happened, written to a file for one question. */
export interface LogTable {
  readonly name: string;
  readonly input: StoredInput;
}

const rowsAPage = 5_000;

/** What can be asked as `cellar.NAME`. Times are instants; `body` is the event as JSON. */
const tables: Readonly<
  Record<
    string,
    {
      readonly columns: Readonly<Record<string, string>>;
      readonly pages: (store: Store) => AsyncGenerator<readonly Readonly<Record<string, unknown>>[]>;
    }
  >
> = {
  events: {
    columns: {
      seq: "BIGINT",
      happened_at: "TIMESTAMPTZ",
      type: "VARCHAR",
      run: "VARCHAR",
      asset: "VARCHAR",
      partition: "VARCHAR",
      state: "VARCHAR",
      body: "JSON",
    },
    pages: eventPages,
  },
  runs: {
    columns: {
      id: "VARCHAR",
      state: "VARCHAR",
      trigger: "JSON",
      selection: "VARCHAR",
      partition: "VARCHAR",
      params: "JSON",
      created_at: "TIMESTAMPTZ",
      started_at: "TIMESTAMPTZ",
      ended_at: "TIMESTAMPTZ",
      error: "VARCHAR",
    },
    pages: runPages,
  },
};

/** Writes the tables that a text names into files in `folder`, which the caller removes. */
export async function logTables(store: Store, sql: string, folder: string): Promise<readonly LogTable[]> {
  const written: LogTable[] = [];
  for (const [name, { columns, pages }] of Object.entries(tables)) {
    if (!new RegExp(`\\bcellar\\s*\\.\\s*${name}\\b`, "i").test(sql)) continue;
    const path = join(folder, `${crypto.randomUUID()}.jsonl`);
    const file = await open(path, "wx", 0o600);
    try {
      for await (const rows of pages(store)) await file.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    } finally {
      await file.close();
    }
    written.push({ name, input: { format: "json", paths: [path], columns } });
  }
  return written;
}

async function* eventPages(store: Store) {
  for (let after = 0; ;) {
    const page = await store.eventsAfter(after, rowsAPage);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map(({ seq, at, event }) => {
      const { type, run = null, asset = null, partition = null, state = null } = event as Record<string, unknown>;
      return { seq, happened_at: instant(at), type, run, asset, partition, state, body: event };
    });
    after = last.seq;
  }
}

async function* runPages(store: Store) {
  for (let beforeId: string | undefined; ;) {
    const page = await store.runs({ limit: rowsAPage, ...(beforeId === undefined ? {} : { beforeId }) });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map((run) => ({
      ...{ id: run.id, state: run.state, trigger: run.trigger, selection: run.selection, partition: run.partition },
      params: run.params,
      created_at: instant(run.createdAt),
      started_at: instant(run.startedAt),
      ended_at: instant(run.endedAt),
      error: run.error?.message ?? null,
    }));
    beforeId = last.id;
  }
}

function instant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
