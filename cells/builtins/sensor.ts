import type { SensorContext } from "../model/sensor-context.ts";

const none: SensorContext = {
  name: "",
  cursor: null,
  lastTick: null,
  now: 0,
  tick: null,
  files: [],
  payloads: [],
  events: [],
};

/** Under this name the host takes what a sensor's cell gave, its calls of `sensor.run` and the like among it. */
export const sensorAnswer = "collect";

/**
 * `sensor` of cells: what woke it, and ways to ask. A cell may give its requests as its value, or call `run`, `skip`, `setCursor`,
 * `addPartitions` and `removePartitions`, each of which gives what it asked for. In a page nothing has happened, and nothing that is
 * asked for is done.
 */
export function sensorValue(context: SensorContext | null): Readonly<Record<string, unknown>> {
  const { now, lastTick, tick, payloads, ...rest } = context ?? { ...none, now: Date.now() };
  const asked: unknown[] = [];
  const ask = <T>(request: T): T => {
    asked.push(request);
    return request;
  };
  return {
    ...rest,
    now: new Date(now),
    lastTick: lastTick === null ? null : new Date(lastTick),
    tick: tick === null ? null : new Date(tick),
    payloads,
    payload: payloads[0] ?? null,
    run: (run: unknown = {}) => ask({ run }),
    skip: (reason: unknown) => ask({ skip: reason }),
    setCursor: (cursor: unknown) => ask({ cursor }),
    addPartitions: (name: string, keys: unknown) => ask({ partitions: { add: { [name]: keys } } }),
    removePartitions: (name: string, keys: unknown) => ask({ partitions: { remove: { [name]: keys } } }),
    /** what was asked for by calls; else, where the cell is an expression, its value */
    [sensorAnswer]: (value: unknown) => ({ answer: asked.length > 0 ? asked : (value ?? null) }),
  };
}
