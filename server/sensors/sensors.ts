import { AppError, encodeError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { SensorContext } from "../../cells/model/sensor-context.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import { nothing, readOutcome, type SensorOutcome } from "../../cells/sensor/outcome.ts";
import { changesGraph } from "../automation/to-events.ts";
import { type Queue, queuedRun } from "../queue/queue.ts";
import type { Planner } from "../planning/planner.ts";
import type { SensedRun, SensorState, SensorTick } from "../store/sensor-store.ts";
import type { Catalog } from "../workspace/catalog.ts";
import { type CellParts, evaluateCell } from "./evaluate-cell.ts";
import { handledBy, isClock, nextDue } from "./due.ts";
import { planRuns } from "./plan-runs.ts";
import { contextOf, isNothing, sense, type Sensed } from "./sense.ts";
import { type Sensor, sensorsOf } from "./sensor-cells.ts";

/** What sensors work with. */
export interface SensorParts extends CellParts {
  readonly planner: Planner;
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly report: (error: unknown) => void;
}

/** What a sensor would do: nothing of it is done. */
export interface SensorTest {
  readonly outcome: SensorOutcome;
  readonly context: SensorContext;
  readonly ms: number;
}

const retryMs = 10_000;
/** changes that come within this time are one look */
const gatherMs = 25;
const eventsAPage = 1000;
/** evaluations of code at once: each has an engine's processes */
const mostAtOnce = 2;

/**
 * Evaluates the sensors of published notebooks: those of code at their intervals, the others when something came. Each tick is one
 * transaction of its runs, keys and cursor. A sensor is never evaluated twice at once, and none waits for another's failure.
 */
export class Sensors {
  readonly #parts: SensorParts;
  readonly #stopping = new AbortController();
  /** by id: those that are being evaluated */
  readonly #underWay = new Map<string, Promise<void>>();
  /** by id: when each is due; a sensor that waits to be woken is not in it */
  readonly #dueAt = new Map<string, number>();
  /** those that something may have come for since they were last looked at */
  readonly #woken = new Set<string>();
  readonly #wokenTypes = new Set<Sensor["option"]["source"]["type"]>();
  /** by id: those that were looked at since the start: what came while no server was there is found then */
  readonly #looked = new Set<string>();
  /** those that do not wait any longer because they failed: somebody mended something */
  readonly #hurried = new Set<string>();
  /** by id: the text of its cell as it was last published */
  readonly #texts = new Map<string, string>();
  /** by id: how far the log was read without finding anything, which is not worth a write */
  readonly #seen = new Map<string, number>();
  /** the last event that is in `#known` */
  #knownAt = 0;
  #known: { readonly sensors: readonly Sensor[]; readonly workspace: Workspace } | null = null;
  #cancelWake: () => void = () => undefined;
  #cancelGather: (() => void) | null = null;
  #unsubscribe: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];
  readonly #ticks = { run: 0, skipped: 0, failed: 0 };
  #evaluating = 0;

  constructor(parts: SensorParts) {
    this.#parts = parts;
  }

  /** Looks now, and from now on whenever a sensor is due or something came. */
  async start(): Promise<void> {
    const { store, catalog, clock } = this.#parts;
    const gather = () => {
      if (this.#stopping.signal.aborted) return;
      this.#cancelGather ??= clock.wake(clock.now() + gatherMs, () => {
        this.#cancelGather = null;
        void this.look();
      });
    };
    const ends = [
      store.onEvents(() => {
        for (const type of ["asset", "run", "webhook"] as const) this.#wokenTypes.add(type);
        gather();
      }),
      catalog.onChange((change) => {
        if (change.type === "file_changed") this.#wokenTypes.add("file");
        else this.#known = null;
        gather();
      }),
    ];
    this.#unsubscribe = () => ends.forEach((end) => end());
    await this.look();
  }

  /** Begins the ticks that are due. Resolves once they are under way; `settled` waits for their ends. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#begin());
    return this.#looking;
  }

  /** Resolves once no tick is under way. */
  async settled(): Promise<void> {
    await this.#looking;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new AppError("cell_cancelled", "the server is stopping; its next start evaluates the sensor"));
    this.#unsubscribe();
    this.#cancelWake();
    this.#cancelGather?.();
    for (const go of this.#waiting.splice(0)) go();
    await this.settled();
  }

  /** Something came for a sensor: it is evaluated as soon as its interval lets it. */
  async wake(sensor: Sensor): Promise<void> {
    this.#woken.add(sensor.id);
    await this.look();
  }

  /** Evaluates a sensor at once, however often it failed before. */
  async hurry(sensor: Sensor): Promise<void> {
    this.#hurried.add(sensor.id);
    await this.wake(sensor);
  }

  /** Ticks since the start, by how they ended. */
  ticks(): Readonly<Record<SensorTick["state"], number>> {
    return this.#ticks;
  }

  /** The sensors of published notebooks, by notebook and cell. */
  async list(): Promise<readonly Sensor[]> {
    return (await this.#sensors()).sensors;
  }

  /** The sensor of this key, or of this name where only one has it. Throws `not_found`, `usage`. */
  async find(name: string): Promise<Sensor> {
    const sensors = await this.list();
    const found = sensors.filter(({ key, option }) => key === name || (!name.includes("/") && option.name === name));
    const [only] = found;
    if (found.length > 1)
      throw new AppError(
        "usage",
        `${found.length} sensors are named ${JSON.stringify(name)}; write one of ${found.map(({ key }) => key).join(", ")}`,
      );
    if (only === undefined)
      throw new AppError(
        "not_found",
        `no published notebook has a sensor ${JSON.stringify(name)}; ${sensors.length === 0 ? 'sensor="inbox" on a JavaScript cell makes one' : `there are ${sensors.map(({ key }) => key).join(", ")}`}`,
        { data: { sensor: name } },
      );
    return only;
  }

  /** When a sensor is evaluated next, or null where something must come first. */
  dueAt({ id }: Sensor): number | null {
    return this.#dueAt.get(id) ?? null;
  }

  /** Evaluates a sensor and says what it would do. Nothing is decided. Throws what its cell throws. */
  async test(sensor: Sensor, cursor: string | null | undefined, signal: AbortSignal): Promise<SensorTest> {
    const { store, clock } = this.#parts;
    const { workspace } = await this.#sensors();
    const state = (await store.sensorState(sensor.id)) ?? (await this.#beginning());
    const now = clock.now();
    const { sensed } = await sense(this.#parts, workspace, sensor, { ...handledBy(state), now });
    const { source } = sensor.option;
    // a clock that is not due is tried out as if it were
    const tick =
      sensed.tick ?? (source.type === "cron" ? nextTick(source.crons, sensor.graph.options.timezone, now) : null);
    const context = contextOf(sensor, cursor === undefined ? state : { ...state, cursor }, { ...sensed, tick }, now);
    const startedAt = performance.now();
    const outcome = await this.#answer(workspace, sensor, context, signal);
    await planRuns(this.#parts.planner, workspace, sensor, outcome);
    return { outcome, context, ms: performance.now() - startedAt };
  }

  async #begin(): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    this.#cancelWake();
    const { store, clock, report } = this.#parts;
    let wakeAt = Infinity;
    try {
      const { sensors, workspace } = await this.#sensors();
      const pauses = await store.pauses();
      const now = clock.now();
      for (const { id, option } of sensors) if (this.#wokenTypes.has(option.source.type)) this.#woken.add(id);
      this.#wokenTypes.clear();
      for (const sensor of sensors) {
        const isPaused = pauses.has(pauseName(sensor)) || pauses.has(sensor.graph.path.replace(/\.html$/, ""));
        if (isPaused) this.#dueAt.delete(sensor.id);
        if (isPaused || this.#underWay.has(sensor.id)) continue;
        const dueAt = await this.#dueOf(sensor, now);
        if (dueAt === null) continue;
        if (dueAt > now) {
          wakeAt = Math.min(wakeAt, dueAt);
          continue;
        }
        this.#woken.delete(sensor.id);
        this.#dueAt.delete(sensor.id);
        const tick = this.#tick(workspace, sensor)
          .catch((error: unknown) => {
            // a disk that is full may have space soon
            this.#dueAt.set(sensor.id, clock.now() + retryMs);
            if (!signal.aborted) report(error);
          })
          .finally(() => {
            this.#underWay.delete(sensor.id);
            if (!signal.aborted) void this.look();
          });
        this.#underWay.set(sensor.id, tick);
      }
    } catch (error) {
      wakeAt = clock.now() + retryMs;
      report(error);
    }
    if (wakeAt !== Infinity && !signal.aborted) this.#cancelWake = clock.wake(wakeAt, () => void this.look());
  }

  /** When a sensor is to be looked at: by its interval since the last tick, later the more often it failed; null: once woken. */
  async #dueOf(sensor: Sensor, now: number): Promise<number | null> {
    const known = this.#dueAt.get(sensor.id);
    const isWoken = this.#woken.has(sensor.id);
    const isClocked = isClock(sensor);
    const isHurried = this.#hurried.delete(sensor.id);
    if (!isHurried && known !== undefined && (isClocked || !isWoken)) return known;
    const { store } = this.#parts;
    const state = await store.sensorState(sensor.id);
    if (state === null) {
      const { position, begunAt } = await this.#beginning();
      await store.beginSensor(sensor.id, position, begunAt);
    }
    if (isHurried) return now;
    // what came while no server was there is looked for at the first look
    if (!isClocked && !isWoken && this.#looked.has(sensor.id)) return null;
    this.#looked.add(sensor.id);
    const dueAt = nextDue(sensor, state, now);
    if (dueAt !== null) this.#dueAt.set(sensor.id, dueAt);
    return dueAt;
  }

  async #beginning(): Promise<SensorState> {
    const { store, clock } = this.#parts;
    const position = await store.lastSeq();
    return { cursor: null, position, failures: 0, begunAt: clock.now(), lastAt: null };
  }

  /** One tick, from what came to what is decided. Throws only what hinders deciding. */
  async #tick(workspace: Workspace, sensor: Sensor): Promise<void> {
    const { store, clock, queue } = this.#parts;
    const state = (await store.sensorState(sensor.id)) ?? (await this.#beginning());
    const [last] = await store.sensorTicks(sensor.id, 1);
    const at = clock.now();
    const startedAt = performance.now();
    const position = Math.max(state.position, this.#seen.get(sensor.id) ?? 0);
    const { sensed, isWoken } = await sense(this.#parts, workspace, sensor, { ...handledBy(state), position, now: at });
    if (!isWoken) {
      this.#seen.set(sensor.id, sensed.position);
      if (sensed.isMore) this.#woken.add(sensor.id);
      return;
    }
    const decided = await this.#decide(workspace, sensor, state, sensed, at);
    const { runs, outcome, problem } = decided;
    this.#stopping.signal.throwIfAborted();
    const tick = await store.decideSensor({
      sensor: sensor.id,
      after: last?.id ?? 0,
      at,
      ms: Math.round(performance.now() - startedAt),
      failed: problem !== null,
      reason: problem ?? outcome.skip ?? (runs.length > 0 ? sayRuns(runs) : "nothing to do"),
      cursor: outcome.cursor === undefined ? state.cursor : outcome.cursor,
      position: problem === null ? sensed.position : state.position,
      failures: problem === null ? 0 : state.failures + 1,
      runs,
      handled: problem === null ? sensed.handled : [],
      partitions: outcome.partitions,
      payloadsUpTo: problem === null ? sensed.payloadsUpTo : null,
    });
    this.#ticks[tick.state]++;
    // a failed one is tried again after a while, and one with more to take at once
    if (problem !== null || sensed.isMore) this.#woken.add(sensor.id);
    await this.#send(tick, runs, queue);
  }

  async #send(tick: SensorTick, runs: readonly SensedRun[], queue: Queue): Promise<void> {
    const made = new Set(tick.runs);
    await Promise.all(runs.flatMap(({ run }) => (made.has(run.id) ? [queue.send(queuedRun(run))] : [])));
  }

  /** What a sensor asks for, planned. What goes wrong in its cell or in a plan is the tick's problem, and nobody else's. */
  async #decide(workspace: Workspace, sensor: Sensor, state: SensorState, sensed: Sensed, now: number) {
    try {
      const context = contextOf(sensor, state, sensed, now);
      const outcome = await this.#answer(workspace, sensor, context, this.#stopping.signal);
      const keys = outcome.runs.flatMap(({ key }) => (key === null ? [] : [`run ${key}`]));
      const known = await this.#parts.store.handledKeys(sensor.id, keys);
      const news = outcome.runs.filter(({ key }) => key === null || !known.has(`run ${key}`));
      const runs = await planRuns(this.#parts.planner, workspace, sensor, { ...outcome, runs: news });
      const isKnown = outcome.runs.length > 0 && runs.length === 0;
      return {
        runs,
        outcome:
          isKnown && outcome.skip === null
            ? { ...outcome, skip: "every run key that it gave has had its run" }
            : outcome,
        problem: null,
      };
    } catch (error) {
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "storage_failed")) throw error;
      return { runs: [], outcome: nothing, problem: sayError(sensor, error) };
    }
  }

  async #answer(
    workspace: Workspace,
    sensor: Sensor,
    context: SensorContext,
    signal: AbortSignal,
  ): Promise<SensorOutcome> {
    if (sensor.problem !== null) throw new AppError("cell_syntax", sensor.problem);
    if (!sensor.hasCode) {
      const key = context.tick === null ? null : new Date(context.tick).toISOString();
      const run = { select: null, partition: null, key, tags: {}, params: {} };
      return isNothing(context) ? nothing : { ...nothing, runs: [run] };
    }
    await this.#turn();
    try {
      signal.throwIfAborted();
      return readOutcome(await evaluateCell(this.#parts, workspace, sensor, context, signal));
    } finally {
      this.#evaluating--;
      this.#waiting.shift()?.();
    }
  }

  /** Waits for its turn: only so many have an engine at once. */
  async #turn(): Promise<void> {
    while (this.#evaluating >= mostAtOnce && !this.#stopping.signal.aborted)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#evaluating++;
  }

  async #sensors(): Promise<{ readonly sensors: readonly Sensor[]; readonly workspace: Workspace }> {
    const { store, planner } = this.#parts;
    const last = await store.lastSeq();
    for (let at = this.#knownAt; this.#known !== null && at < last;) {
      const page = await store.eventsAfter(at, eventsAPage);
      if (page.length === 0) break;
      if (page.some(changesGraph)) this.#known = null;
      at = page.at(-1)?.seq ?? last;
      this.#knownAt = at;
    }
    if (this.#known !== null) return this.#known;
    this.#knownAt = last;
    const published = new Map((await store.published()).map(({ path, id }) => [path, id]));
    const { entries, workspace } = await planner.effective();
    const sensors = entries.flatMap((entry) => {
      const id = published.get(entry.path);
      return id === undefined ? [] : sensorsOf(entry, id);
    });
    for (const { id, cell } of sensors) {
      const { source } = cell.cell;
      if (this.#texts.has(id) && this.#texts.get(id) !== source) this.#hurried.add(id);
      this.#texts.set(id, source);
    }
    return (this.#known = { sensors, workspace });
  }
}

/** Under this name a sensor is paused. */
export function pauseName({ id }: Sensor): string {
  return `sensor ${id}`;
}

function sayRuns(runs: readonly SensedRun[]): string {
  return runs.length === 1 ? "asked for a run" : `asked for ${runs.length} runs`;
}

/** An error with its place in the cell, as far as it has one. */
function sayError({ key }: Sensor, error: unknown): string {
  const { message, data } = encodeError(error);
  const { line, column } = data;
  return typeof line === "number"
    ? `${message} (${key}, line ${line}${typeof column === "number" ? `, column ${column}` : ""})`
    : message;
}
