import type { Store } from "../store/store.ts";

const nameOf = (schedule: string) => `paused ${schedule}`;

/** Since when a schedule is paused, in milliseconds since 1970; null where it is not. Its ticks are decided, as skipped. */
export async function pausedSince(store: Pick<Store, "setting">, schedule: string): Promise<number | null> {
  const value = await store.setting(nameOf(schedule));
  return value === null || value === "" ? null : Number(value);
}

/** Whether a schedule is paused. */
export async function isPaused(store: Pick<Store, "setting">, schedule: string): Promise<boolean> {
  return (await pausedSince(store, schedule)) !== null;
}

/** Pauses a schedule, or lets it go on: durable, and told in the log. */
export async function setPaused(
  store: Pick<Store, "setting" | "setSetting" | "append">,
  schedule: string,
  paused: boolean,
  at: number,
): Promise<void> {
  if ((await isPaused(store, schedule)) === paused) return;
  await store.setSetting(nameOf(schedule), paused ? String(at) : "");
  await store.append([{ type: "schedule_paused", schedule, paused }], at);
}
