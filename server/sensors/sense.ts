import type { Workspace } from "../../cells/graph/workspace.ts";
import type { SensedEvent, SensedFile, SensorContext } from "../../cells/model/sensor-context.ts";
import { compileGlob } from "../../cells/sensor/glob.ts";
import { lastTick } from "../../cells/schedule/last-tick.ts";
import type { Planner } from "../planning/planner.ts";
import type { SensorState } from "../store/sensor-store.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { Sensor } from "./sensor-cells.ts";

/** What woke a sensor, and what counts as handled once its tick is decided. */
export interface Sensed {
  readonly files: readonly SensedFile[];
  readonly payloads: readonly unknown[];
  readonly events: readonly SensedEvent[];
  /** the instant of a cron that is due */
  readonly tick: number | null;
  readonly position: number;
  readonly handled: readonly string[];
  readonly payloadsUpTo: number | null;
  /** there is more than one tick takes */
  readonly isMore: boolean;
}

const filesATick = 1000;
const payloadsATick = 100;
const eventsAPage = 1000;
const eventsATick = 1000;

/** Looks for what a sensor waits for, behind what it has handled. Where there is nothing, it is not woken; a sensor of code alone always is. */
export async function sense(
  {
    store,
    files,
    planner,
  }: { readonly store: Store; readonly files: WorkspaceFiles; readonly planner: Pick<Planner, "select"> },
  workspace: Workspace,
  { id, graph, option: { source } }: Sensor,
  { position, handledTo, now }: { readonly position: number; readonly handledTo: number; readonly now: number },
): Promise<{ readonly sensed: Sensed; readonly isWoken: boolean }> {
  const none: Sensed = {
    ...{ files: [], payloads: [], events: [], handled: [] },
    ...{ position, payloadsUpTo: null, isMore: false, tick: null },
  };
  switch (source.type) {
    case "code":
      return { sensed: none, isWoken: true };
    case "cron": {
      const tick = lastTick(source.crons, graph.options.timezone, handledTo, now);
      return { sensed: { ...none, tick: tick > handledTo ? tick : null }, isWoken: tick > handledTo };
    }
    case "file": {
      const found = await newFiles(store, files, id, source.pattern);
      const some = found.slice(0, filesATick);
      const handled = some.map(({ key }) => `file ${key}`);
      return {
        sensed: { ...none, files: some, handled, isMore: found.length > some.length },
        isWoken: some.length > 0,
      };
    }
    case "webhook": {
      const bodies = await store.payloads(id, payloadsATick);
      const sensed: Sensed = {
        ...none,
        payloads: bodies.map(({ body }) => bodyOf(body)),
        payloadsUpTo: bodies.at(-1)?.id ?? null,
        isMore: bodies.length === payloadsATick,
      };
      return { sensed, isWoken: bodies.length > 0 };
    }
    case "asset":
    case "run": {
      const keys = source.select === null ? null : new Set<string>(await planner.select(workspace, source.select));
      const { events, last, isMore } = await newEvents(store, position, async (page) =>
        source.type === "asset"
          ? updates(store, id, page, keys ?? new Set())
          : endedRuns(store, id, page, new Set(source.states), keys),
      );
      return { sensed: { ...none, events, position: last, isMore }, isWoken: events.length > 0 };
    }
  }
}

/** What a sensor's code is told. */
export function contextOf(sensor: Sensor, state: SensorState, sensed: Sensed, now: number): SensorContext {
  const { files, payloads, events, tick } = sensed;
  return { name: sensor.option.name, cursor: state.cursor, lastTick: state.lastAt, now, tick, files, payloads, events };
}

/** Whether nothing came. */
export function isNothing({ files, payloads, events, tick }: SensorContext): boolean {
  return files.length + payloads.length + events.length === 0 && tick === null;
}

async function newFiles(
  store: Store,
  files: WorkspaceFiles,
  id: string,
  pattern: string,
): Promise<readonly SensedFile[]> {
  const matches = compileGlob(pattern);
  const found: SensedFile[] = [];
  for (const { name, bytes, modifiedAt } of await files.list()) {
    if (!matches(name)) continue;
    const version = await files.version(name);
    if (version !== null) found.push({ name, bytes, modifiedAt, key: `${name}@${version.slice(0, 16)}` });
  }
  const handled = await store.handledKeys(
    id,
    found.map(({ key }) => `file ${key}`),
  );
  return found
    .filter(({ key }) => !handled.has(`file ${key}`))
    .sort((a, b) => a.modifiedAt - b.modifiedAt || (a.name < b.name ? -1 : 1));
}

async function newEvents(
  store: Store,
  position: number,
  take: (page: readonly StoredEvent[]) => Promise<readonly SensedEvent[]>,
): Promise<{ readonly events: readonly SensedEvent[]; readonly last: number; readonly isMore: boolean }> {
  const events: SensedEvent[] = [];
  let last = position;
  for (;;) {
    const page = await store.eventsAfter(last, eventsAPage);
    events.push(...(await take(page)));
    last = page.at(-1)?.seq ?? last;
    const isMore = page.length === eventsAPage;
    if (!isMore || events.length >= eventsATick) return { events, last, isMore };
  }
}

async function updates(
  store: Store,
  id: string,
  page: readonly StoredEvent[],
  keys: ReadonlySet<string>,
): Promise<readonly SensedEvent[]> {
  const found: SensedEvent[] = [];
  for (const { at, event } of page) {
    if (event.type !== "materialized" || !keys.has(event.asset)) continue;
    if (await isOwn(store, id, event.run)) continue;
    const { asset, partition, run } = event;
    found.push({ type: "updated", at, asset, partition: partition === "" ? null : partition, run });
  }
  return found;
}

async function endedRuns(
  store: Store,
  id: string,
  page: readonly StoredEvent[],
  states: ReadonlySet<string>,
  keys: ReadonlySet<string> | null,
): Promise<readonly SensedEvent[]> {
  const found: SensedEvent[] = [];
  for (const { at, event } of page) {
    if (event.type !== "run_changed" || !states.has(event.state)) continue;
    const { run, state } = event;
    if (await isOwn(store, id, run)) continue;
    if (keys !== null && !(await store.steps(run)).some(({ asset }) => keys.has(asset))) continue;
    found.push({ type: "run_ended", at, run, state });
  }
  return found;
}

/** Whether the sensor itself asked for a run: that it woke itself would never end. */
async function isOwn(store: Store, id: string, run: string): Promise<boolean> {
  const trigger = (await store.run(run))?.trigger;
  return trigger?.type === "sensor" && trigger.sensor === id;
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
