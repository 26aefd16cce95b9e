import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/empty-store.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // a machine that others use at the same time may be late once
    // a browser on such a machine answers late more often than once
    expect: { poll: { timeout: 10_000 } },
    retry: process.env["CI"] === undefined ? 0 : 2,
    // two cores: the journeys start servers and browsers of their own
    maxWorkers: 2,
  },
});
