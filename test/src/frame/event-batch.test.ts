import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { KernelEvent } from "../../../cells/protocol/kernel.ts";
import { EventBatch } from "../../../src/frame/event-batch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const running = (cell: number): KernelEvent => ({ type: "state", cell, state: { type: "running", startedAt: 0 } });
const done = (cell: number): KernelEvent => ({ type: "state", cell, state: { type: "fulfilled", ms: 1 } });

function batch(): { readonly events: EventBatch; readonly told: (readonly KernelEvent[])[] } {
  const told: (readonly KernelEvent[])[] = [];
  return { events: new EventBatch((list) => void told.push(list), Date.now), told };
}

it("tells the first event after a rest at once, so that a cell that hangs is known", () => {
  const { events, told } = batch();
  events.add(running(1));
  expect(told).toEqual([[running(1)]]);
});

it("tells what follows in one list, the last state of each cell, in the order of those", () => {
  const { events, told } = batch();
  for (const event of [running(1), running(2), done(1), { type: "settled" } as const, running(3), done(2)])
    events.add(event);
  expect(told).toEqual([[running(1)]]);
  vi.runAllTimers();
  expect(told).toEqual([[running(1)], [done(1), { type: "settled" }, running(3), done(2)]]);
});

it("rests again after a list", () => {
  const { events, told } = batch();
  events.add(running(1));
  events.add(done(1));
  vi.runAllTimers();
  events.add(running(2));
  expect(told.length).toBe(2);
  vi.runAllTimers();
  events.add(done(2));
  vi.runAllTimers();
  expect(told).toEqual([[running(1)], [done(1)], [running(2)], [done(2)]]);
});
