import { expect, test } from "vitest";
import type { Lineage, LineageNode } from "../../../cells/lineage/lineage.ts";
import { LiveSteps } from "../../../src/lineage/live-steps.ts";
import { stateOf } from "../../../src/lineage/scene.ts";

const node = (id: string, type: "asset" | "file" = "asset"): LineageNode => ({
  id,
  type,
  key: id,
  name: id,
  notebook: null,
  notebookTitle: null,
  cell: null,
  kind: "sql",
  virtual: false,
  status: type === "file" ? null : "stale",
  reason: null,
  rows: null,
  bytes: null,
  lastRunAt: null,
  ms: null,
  group: null,
  tags: {},
});
const lineage: Lineage = { nodes: [node("a"), node("b"), node("c", "file")], edges: [{ from: "a", to: "b" }] };
const states = (live: LiveSteps): readonly string[] => live.drawnOn(lineage).nodes.map(stateOf);

test("a node says what a run does with it, until that is over", () => {
  const live = new LiveSteps();
  expect(live.drawnOn(lineage)).toBe(lineage);
  live.step("r", { asset: "a", partition: "", state: "waiting" });
  live.step("r", { asset: "b", partition: "", state: "waiting" });
  live.step("r", { asset: "a", partition: "", state: "running" });
  expect(states(live)).toEqual(["running", "waiting", ""]);
  expect(live.drawnOn(lineage)).toBe(live.drawnOn(lineage));
  live.step("r", { asset: "a", partition: "", state: "succeeded" });
  live.step("r", { asset: "b", partition: "", state: "committing" });
  expect(states(live)).toEqual(["stale", "running", ""]);
  live.step("r", { asset: "b", partition: "", state: "failed" });
  expect(live.drawnOn(lineage)).toBe(lineage);
});

test("an asset runs as long as one of its partitions does, in any run", () => {
  const live = new LiveSteps();
  live.step("r", { asset: "a", partition: "x", state: "running" });
  live.step("r", { asset: "a", partition: "y", state: "waiting" });
  live.step("s", { asset: "a", partition: "z", state: "running" });
  live.step("r", { asset: "a", partition: "x", state: "succeeded" });
  expect(states(live)).toEqual(["running", "stale", ""]);
  live.over("s");
  expect(states(live)).toEqual(["waiting", "stale", ""]);
  live.over("r");
  expect(states(live)).toEqual(["stale", "stale", ""]);
});
