import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { Autosave, type SaveState } from "../../../src/notebook/autosave.ts";
import { memoryDrafts, type DraftStore } from "../../../src/notebook/drafts.ts";
import { NotebookModel } from "../../../src/notebook/notebook-model.ts";
import { memoryPorts } from "../../support/page/memory-ports.ts";
import { notebookOf } from "../../support/open-page.ts";

const text = notebookOf(["js", "const a = 1;"], ["js", "a + 1"]);
const times = { saveMs: 700, draftMs: 250, retryMs: 5000 };

async function open(drafts: DraftStore = memoryDrafts()) {
  const memory = memoryPorts({ text });
  const loaded = await memory.ports.load(new AbortController().signal);
  const model = new NotebookModel(parseNotebook(loaded.text), loaded.revision);
  const states: SaveState[] = [];
  const autosave = new Autosave({
    model,
    ports: memory.ports,
    drafts,
    onState: (state) => void states.push(state),
    times,
  });
  const type = (source: string, cell = 1): void => void model.run({ type: "edit", cell, source, edit: 1 });
  return { memory, model, autosave, states, drafts, type };
}

describe("autosave", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("saves once when typing pauses", async () => {
    const { memory, type, states } = await open();
    for (const source of ["const a = 2", "const a = 22", "const a = 22;"]) {
      type(source);
      await vi.advanceTimersByTimeAsync(300);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(memory.saves).toEqual([text.replace("const a = 1;", "const a = 22;")]);
    expect(states.map((state) => state.type)).toEqual(["unsaved", "saving", "saved"]);
  });

  it("keeps a draft within a quarter of a second, however long the typing goes on", async () => {
    const { drafts, type } = await open();
    for (let i = 0; i < 10; i++) {
      type(`const a = ${i};`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect((await drafts.get("test.html"))?.text).toContain("const a = 8;");
  });

  it("without a connection keeps the text and tries again", async () => {
    const { memory, drafts, type, states, autosave } = await open();
    memory.setOffline(true);
    type("const a = 5;");
    await vi.advanceTimersByTimeAsync(2000);
    expect(autosave.state).toEqual({ type: "offline", reason: "no connection", memory: false });
    expect((await drafts.get("test.html"))?.text).toContain("const a = 5;");
    memory.setOffline(false);
    await vi.advanceTimersByTimeAsync(6000);
    expect(memory.text).toContain("const a = 5;");
    expect(states.at(-1)).toEqual({ type: "saved" });
    expect(await drafts.get("test.html")).toBe(null);
  });

  it("says so where the browser keeps no drafts", async () => {
    const full: DraftStore = { ...memoryDrafts(), put: () => Promise.reject(new Error("QuotaExceededError")) };
    const { memory, type, autosave } = await open(full);
    memory.setOffline(true);
    type("const a = 5;");
    await vi.advanceTimersByTimeAsync(2000);
    expect(autosave.state).toEqual({ type: "offline", reason: "no connection", memory: true });
  });

  it("a file that was changed meanwhile is merged, then saved; nothing of either side is lost", async () => {
    const { memory, type, autosave } = await open();
    type("const a = 5;");
    memory.writeOutside(text.replace("a + 1", "a + 100"));
    await vi.advanceTimersByTimeAsync(2000);
    expect(memory.text).toBe(text.replace("a + 1", "a + 100").replace("const a = 1;", "const a = 5;"));
    expect(autosave.state).toEqual({ type: "saved" });
  });

  it("where both sides changed one cell, saves one's own and shows the other until that is settled", async () => {
    const { memory, type, autosave } = await open();
    type("const a = 5;");
    memory.writeOutside(text.replace("const a = 1;", "const a = 6;"));
    await vi.advanceTimersByTimeAsync(2000);
    expect(memory.text).toContain("const a = 5;");
    const { state } = autosave;
    expect(state.type === "conflict" && state.conflicts.map(({ theirs }) => theirs.source)).toEqual(["const a = 6;"]);
    autosave.settle();
    expect(autosave.state).toEqual({ type: "saved" });
  });

  it("seeded interleavings of typing here and writing there lose nothing", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { memory, type, autosave, model } = await open();
      let random = seed;
      const next = (below: number): number => (random = (random * 48271) % 2147483647) % below;
      for (let step = 0; step < 12; step++) {
        if (next(2) === 0) type(`const a = ${seed * 100 + step};`, 1);
        else {
          memory.writeOutside(memory.text.replace(/a \+ \d+/, `a + ${step}`));
          void autosave.changedOutside("unknown");
        }
        await vi.advanceTimersByTimeAsync(next(900));
      }
      const mine = model.notebook.cells[0]?.source;
      const theirs = /a \+ \d+/.exec(memory.text)?.[0];
      await vi.advanceTimersByTimeAsync(20_000);
      expect(model.notebook.cells.map(({ source }) => source)).toEqual([mine, theirs]);
      expect(memory.text).toBe(model.text);
      autosave.close();
    }
  });
});
