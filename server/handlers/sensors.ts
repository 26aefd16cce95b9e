import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../../cells/errors.ts";
import type { OutputOf } from "../../cells/api/routes.ts";
import type { SensorSource } from "../../cells/model/options.ts";
import type { Context, Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { passOver } from "../sensors/due.ts";
import { pauseName } from "../sensors/sensors.ts";
import type { Sensor } from "../sensors/sensor-cells.ts";
import type { SensorTick } from "../store/sensor-store.ts";

type Names = "sensors" | "sensor" | "changeSensor" | "testSensor" | "webhook";

const usualTicks = 50;
const mostTicks = 1000;

/** Sensors: how they stand, trying them out, pausing them, and calls of webhooks. */
export function sensorHandlers({ sensors, store, secrets, clock }: OpenWorkspace): Pick<Handlers, Names> {
  const shape = async (sensor: Sensor, pauses: ReadonlyMap<string, number>): Promise<OutputOf<"changeSensor">> => {
    const state = await store.sensorState(sensor.id);
    const [last] = await store.sensorTicks(sensor.id, 1);
    return {
      key: sensor.key,
      kind: sensor.option.source.type,
      says: saySource(sensor.option.source),
      cell: sensor.cell.cell.id,
      everyMs: sensor.everyMs,
      select: sensor.select,
      paused: pauses.has(pauseName(sensor)) || pauses.has(sensor.graph.path.replace(/\.html$/, "")),
      problem: sensor.problem,
      cursor: state?.cursor ?? null,
      failures: state?.failures ?? 0,
      last: last === undefined ? null : tickOf(last),
      nextAt: sensors.dueAt(sensor),
    };
  };
  return {
    async sensors() {
      const pauses = await store.pauses();
      return { sensors: await Promise.all((await sensors.list()).map((sensor) => shape(sensor, pauses))) };
    },
    async sensor({ key, limit }) {
      const sensor = await sensors.find(key);
      const ticks = await store.sensorTicks(sensor.id, Math.min(Number(limit ?? usualTicks), mostTicks));
      return { sensor: await shape(sensor, await store.pauses()), ticks: ticks.map(tickOf) };
    },
    async changeSensor({ key, paused, cursor }) {
      const sensor = await sensors.find(key);
      if (paused === false && (await store.pauses()).has(pauseName(sensor))) await passOver(store, sensor, clock.now());
      if (paused !== undefined) await store.setPause(pauseName(sensor), paused, clock.now());
      if (cursor !== undefined) {
        await store.beginSensor(sensor.id, await store.lastSeq(), clock.now());
        await store.setSensorCursor(sensor.id, cursor);
      }
      await (paused === false ? sensors.hurry(sensor) : sensors.look());
      return shape(sensor, await store.pauses());
    },
    async testSensor({ key, cursor }, { signal }) {
      const sensor = await sensors.find(key);
      const { outcome, context, ms } = await sensors.test(sensor, cursor, signal);
      const keys = outcome.runs.flatMap(({ key: own }) => (own === null ? [] : [`run ${own}`]));
      const known = await store.handledKeys(sensor.id, keys);
      const copy = (of: Readonly<Record<string, readonly string[]>>) =>
        Object.fromEntries(Object.entries(of).map(([name, values]) => [name, [...values]]));
      return {
        runs: outcome.runs.map((run) => ({
          ...run,
          select: run.select ?? sensor.select,
          tags: { ...run.tags },
          params: { ...run.params },
          known: run.key !== null && known.has(`run ${run.key}`),
        })),
        skip: outcome.skip,
        cursor: outcome.cursor === undefined ? context.cursor : outcome.cursor,
        partitions: { add: copy(outcome.partitions.add), remove: copy(outcome.partitions.remove) },
        ms: Math.round(ms),
      };
    },
    async webhook({ key }, { sent }) {
      const sensor = await sensors.find(key).catch(() => null);
      const source = sensor?.option.source;
      const secret = source?.type === "webhook" ? await secrets.value(source.secret) : null;
      if (sensor === null || source?.type !== "webhook" || secret === null || !isCaller(source, secret, sent))
        // the same answer whatever is wrong: a stranger learns nothing of what is here
        throw new AppError(
          "forbidden",
          "no webhook here takes this call; check the sensor's name, and send its secret as Authorization: Bearer …, or the signature that it asks for",
        );
      await store.addPayload(sensor.id, sent?.text ?? "", clock.now());
      await sensors.wake(sensor);
      return { accepted: true };
    },
  };
}

/** Whether a call knows the secret: as a bearer token, or by the HMAC-SHA256 of its body in the header that the sensor names. */
function isCaller(source: SensorSource & { type: "webhook" }, secret: string, sent: Context["sent"]): boolean {
  if (sent === undefined) return false;
  if (source.signature === null) {
    const [, token = ""] = /^Bearer (.+)$/i.exec(sent.header("authorization") ?? "") ?? [];
    return isSame(token, secret);
  }
  const given = (sent.header(source.signature) ?? "").replace(/^sha256=/i, "").toLowerCase();
  return isSame(given, createHmac("sha256", secret).update(sent.text).digest("hex"));
}

/** Takes the same time wherever two texts differ. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function saySource(source: SensorSource): string {
  switch (source.type) {
    case "code":
      return "its code";
    case "cron":
      return `the clock, ${source.crons.join(" and ")}`;
    case "file":
      return `files ${source.pattern}`;
    case "webhook":
      return source.signature === null ? "calls that tell its secret" : `calls that are signed in ${source.signature}`;
    case "asset":
      return `updates of ${source.select}`;
    case "run":
      return `runs that ${source.states.join(" or ")}${source.select === null ? "" : ` of ${source.select}`}`;
  }
}

function tickOf(tick: SensorTick) {
  return { ...tick, runs: [...tick.runs] };
}
