import { defineConfig } from "vitest/config";

/**
 * Files that share two processes: what one imports is there for the next, and importing takes most of them longer than their tests.
 * Not the kernels', which write globals.
 */
const together = [
  "test/server/*.test.ts",
  "test/server/!(kernel-child)/**/*.test.ts",
  "test/cells/!(kernel)/**/*.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/support/empty-store.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // a browser on a machine that others use at the same time answers late more often than once
    expect: { poll: { timeout: 25_000 } },
    // and such a machine may be late once in all else: what passes at a later try is told of at the end
    retry: process.env["CI"] === undefined ? 0 : 2,
    // two cores: the journeys start servers and browsers of their own
    maxWorkers: 2,
    // one after the other by name: what takes long begins early, so that no worker ends with nothing to do
    projects: [
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: together } },
      { extends: true, test: { name: "together", include: together, isolate: false } },
    ],
  },
});
