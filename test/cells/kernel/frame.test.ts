import { expect, test } from "vitest";
import { nextFrame } from "../../../cells/kernel/frame.ts";

/** A clock that only the test moves. */
function fakeClock(hasFrames: boolean): {
  readonly clock: Parameters<typeof nextFrame>[0];
  readonly timers: { readonly callback: () => void; readonly ms: number }[];
  readonly frames: (() => void)[];
} {
  const timers: { readonly callback: () => void; readonly ms: number }[] = [];
  const frames: (() => void)[] = [];
  const clock = {
    setTimeout: (callback: () => void, ms: number) => timers.push({ callback, ms }),
    ...(hasFrames ? { requestAnimationFrame: (callback: () => void) => frames.push(callback) } : {}),
  };
  return { clock, timers, frames };
}

test("D1 in a hidden frame, where no animation frame ever comes, a timer of 50 ms takes its place", async () => {
  const { clock, timers } = fakeClock(true);
  const frame = nextFrame(clock);
  expect(timers.map(({ ms }) => ms)).toEqual([50]);
  timers[0]?.callback();
  await frame;
});

test("in a page that is seen the animation frame comes first", async () => {
  const { clock, frames } = fakeClock(true);
  const frame = nextFrame(clock);
  frames[0]?.();
  await frame;
});

test("without animation frames generators have a floor of 16 ms", async () => {
  const { clock, timers } = fakeClock(false);
  const frame = nextFrame(clock);
  expect(timers.map(({ ms }) => ms)).toEqual([16]);
  timers[0]?.callback();
  await frame;
});
