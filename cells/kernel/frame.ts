/** What `nextFrame` needs of the platform; the global object of a page or of Node has it. */
export interface FrameClock {
  readonly requestAnimationFrame?: ((callback: () => void) => unknown) | undefined;
  readonly setTimeout: (callback: () => void, ms: number) => unknown;
}

/** Longest wait for an animation frame. A hidden or scrolled-away frame of a page gets none at all. */
const hiddenFrameMs = 50;
/** Floor between two pulls of a generator where there are no animation frames. */
const timerFrameMs = 16;

/**
 * Resolves at the next frame: an animation frame raced with a timer in a page, a timer elsewhere. Generators advance
 * once a frame, so one that never ends costs 60 steps a second and never spins.
 */
export function nextFrame(clock: FrameClock = globalThis): Promise<void> {
  const { requestAnimationFrame } = clock;
  return new Promise((resolve) => {
    if (typeof requestAnimationFrame === "function") {
      requestAnimationFrame.call(globalThis, () => resolve());
      clock.setTimeout.call(globalThis, resolve, hiddenFrameMs);
    } else clock.setTimeout.call(globalThis, resolve, timerFrameMs);
  });
}
