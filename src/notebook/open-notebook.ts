import { parseNotebook } from "../../cells/format/parse.ts";
import { browserDrafts, memoryDrafts, type Draft, type DraftStore } from "./drafts.ts";
import { fetchNeeded } from "./late/needed.ts";
import { withParts } from "./late/part.ts";
import { NotebookModel } from "./notebook-model.ts";
import type { NotebookPorts } from "./ports.ts";
import { Program } from "./program.ts";

/** A notebook as a session begins with it. */
export interface OpenedNotebook {
  readonly model: NotebookModel;
  readonly program: Program;
  readonly drafts: DraftStore;
  readonly readOnly: boolean;
  readonly trusted: boolean;
  /** takes up what an earlier session left unsaved; null where it left nothing */
  readonly takeUpDraft: (() => void) | null;
}

/** Loads a notebook, what compiles it, and the draft that an earlier session left. Rejects as `load` does. */
export async function openNotebook(ports: NotebookPorts, given: DraftStore | undefined): Promise<OpenedNotebook> {
  const loading = ports.load(new AbortController().signal);
  const { store, draft } = await openDrafts(given, ports.path);
  const { text, revision, readOnly, trusted } = await loading;
  const model = new NotebookModel(await withParts(() => parseNotebook(text)), revision);
  await fetchNeeded(model.notebook);
  const program = await withParts(() => new Program(ports.path, model.notebook));
  const drafted = draft === null || readOnly || draft.text === text ? null : await modelOf(draft);
  if (drafted !== null) await fetchNeeded(drafted.notebook);
  const takeUpDraft = drafted && (() => takeUp(model, drafted));
  return { model, program, drafts: store, readOnly, trusted, takeUpDraft };
}

/** The drafts, and that of this notebook: from the browser or, where that keeps nothing, from this tab. */
async function openDrafts(
  given: DraftStore | undefined,
  path: string,
): Promise<{ readonly store: DraftStore; readonly draft: Draft | null }> {
  const store = given ?? browserDrafts();
  try {
    return { store, draft: await store.get(path) };
  } catch {
    return { store: memoryDrafts(), draft: null };
  }
}

async function modelOf({ base, text, revision }: Draft): Promise<NotebookModel> {
  const model = new NotebookModel(await withParts(() => parseNotebook(base)), revision);
  model.replace((await withParts(() => parseNotebook(text))).notebook);
  return model;
}

function takeUp(model: NotebookModel, drafted: NotebookModel): void {
  const { base, revision } = model.state;
  // where the file went on meanwhile, the draft is merged as if it had been typed before that
  if (drafted.state.revision !== revision) drafted.merge(base, revision ?? "");
  model.replace(drafted.notebook);
}
