import { nextTick } from "../../cells/schedule/cron.ts";
import { nothing } from "../../cells/sensor/outcome.ts";
import { lastTick } from "../../cells/schedule/last-tick.ts";
import type { SensorState, SensorStore } from "../store/sensor-store.ts";
import type { Sensor } from "./sensor-cells.ts";

/** a sensor that fails waits twice as long each time, up to this */
const longestBackoffMs = 60 * 60_000;

/** Whether a sensor is evaluated by a clock alone, whatever comes. */
export function isClock({ option: { source } }: Sensor): boolean {
  return source.type === "code" || source.type === "cron";
}

/** When a sensor is evaluated next by the clock; null where that never comes. */
export function nextDue(sensor: Sensor, state: SensorState | null, now: number): number | null {
  const { source } = sensor.option;
  const again = state?.lastAt == null ? now : state.lastAt + pauseAfter(sensor, state.failures);
  if (source.type !== "cron") return again;
  const tick = nextTick(source.crons, sensor.graph.options.timezone, state?.lastAt ?? state?.begunAt ?? now);
  return state !== null && state.failures > 0 ? Math.min(again, tick ?? Infinity) : tick;
}

/** Where a sensor stands: a tick that failed has handled nothing. */
export function handledBy({ position, begunAt, lastAt, failures }: SensorState) {
  return { position, handledTo: failures > 0 || lastAt === null ? begunAt : lastAt };
}

function pauseAfter({ everyMs }: Sensor, failures: number): number {
  return failures === 0 ? everyMs : Math.min(longestBackoffMs, Math.max(everyMs, 1000) * 2 ** Math.min(failures, 12));
}

/** Leaves out what a clock was due for while its sensor was paused: it goes on from `now`. What had failed before is tried again. */
export async function passOver(
  store: SensorStore,
  { id, graph, option: { source } }: Sensor,
  now: number,
): Promise<void> {
  const state = source.type === "cron" ? await store.sensorState(id) : null;
  if (source.type !== "cron" || state === null || state.failures > 0) return;
  const { position, handledTo } = handledBy(state);
  if (lastTick(source.crons, graph.options.timezone, handledTo, now) === handledTo) return;
  const [last] = await store.sensorTicks(id, 1);
  await store.decideSensor({
    ...{ sensor: id, after: last?.id ?? 0, at: now, ms: 0, failed: false, failures: 0, position },
    ...{ reason: "it was paused when the clock was due; it goes on from now", cursor: state.cursor },
    ...{ runs: [], handled: [], partitions: nothing.partitions, payloadsUpTo: null },
  });
}
