import type { CellKind } from "../../cells/model/cell.ts";
import type { ExportFormat } from "../../cells/protocol/document.ts";
import type { FrameContext } from "./context.ts";
import { kindNames, offeredKinds, snippets } from "./kinds.ts";
import type { MenuItem } from "./menu.ts";
import { askName } from "./name-prompt.ts";

const policies = [
  ["auto", "Runs by itself"],
  ["visible", "Runs when on screen"],
  ["manual", "Runs when asked"],
  ["confirm", "Asks before it runs"],
  ["server", "Runs on the server"],
  ["frozen", "Frozen: keeps its result"],
] as const;

/** Everything that can be done to a cell. */
export function cellMenu(context: FrameContext, id: number): readonly MenuItem[] {
  const { actions, store } = context;
  const cell = store.cell(id);
  if (cell === null) return [];
  const selected = store.selection.also.length > 0 && store.isSelected(id) ? [id, ...store.selection.also] : [id];
  const request = actions.request.bind(actions);
  const look: MenuItem[] = [
    { type: "action", label: "Run", keys: "Shift Enter", run: () => actions.run(selected) },
    ...(store.readOnly
      ? []
      : ([
          {
            type: "action",
            label: "Show source",
            keys: "P",
            checked: cell.pinned,
            run: () => actions.toggle(id, "pinned"),
          },
          {
            type: "action",
            label: "Hide output",
            keys: "Ctrl ,",
            checked: cell.hidden,
            run: () => actions.toggle(id, "hidden"),
          },
          { type: "action", label: "Output name…", run: () => askName(context, id) },
        ] satisfies MenuItem[])),
  ];
  const edit: MenuItem[] = [
    { type: "line" },
    { type: "action", label: "Duplicate", run: () => actions.command({ type: "duplicate", cell: id }) },
    { type: "action", label: "Move up", keys: "Alt ↑", run: () => actions.move(selected, -1) },
    { type: "action", label: "Move down", keys: "Alt ↓", run: () => actions.move(selected, 1) },
    { type: "action", label: "Delete", keys: "D", danger: true, run: () => actions.remove(selected) },
    { type: "heading", label: "Kind" },
    ...context.kindItems(id),
    { type: "heading", label: "When it runs" },
    ...policies.map(([run, label]): MenuItem => ({
      type: "action",
      label,
      checked: cell.run === run,
      run: () => actions.attribute(id, "run", run === "auto" ? null : run),
    })),
  ];
  const share: MenuItem[] = [
    { type: "line" },
    { type: "action", label: "Copy link", run: () => request({ type: "copy-link", cell: id }) },
    {
      type: "action",
      label: "Show lineage",
      run: () => request({ type: "open", target: { type: "lineage", cell: id } }),
    },
    { type: "heading", label: "Export" },
    ...exports(cell.kind, context, id).map(([format, label]): MenuItem => ({
      type: "action",
      label,
      run: () => request({ type: "export", cell: id, name: cell.outputs[0] ?? null, format }),
    })),
  ];
  return [...look, ...share.slice(0, 3), ...(store.readOnly ? [] : edit), ...share.slice(3)];
}

/** Formats that make sense for what a cell gives. */
function exports(kind: CellKind, context: FrameContext, id: number): readonly (readonly [ExportFormat, string])[] {
  const hasPicture = context.outputs.get(id).element.querySelector("svg, canvas") !== null;
  const hasData = (context.store.cell(id)?.outputs.length ?? 0) > 0 || kind === "sql";
  return [
    ...(hasData
      ? ([
          ["parquet", "Parquet"],
          ["arrow", "Arrow"],
          ["csv", "CSV"],
          ["json", "JSON"],
        ] as const)
      : []),
    ...(hasPicture
      ? ([
          ["svg", "SVG"],
          ["png", "PNG"],
        ] as const)
      : []),
  ];
}

/** Kinds that a cell can be changed to. */
export function kindItems(context: FrameContext, id: number): readonly MenuItem[] {
  const now = context.store.cell(id)?.kind;
  return offeredKinds.map((kind) => ({
    type: "action",
    label: kindNames[kind],
    checked: kind === now,
    run: () => context.actions.kind(id, kind),
  }));
}

/** New cells of every kind, and common beginnings. */
export function insertMenu(context: FrameContext, before: number | null): readonly MenuItem[] {
  const { actions } = context;
  return [
    ...offeredKinds.map((kind): MenuItem => ({
      type: "action",
      label: kindNames[kind],
      run: () => actions.insert(before, kind),
    })),
    { type: "heading", label: "Beginnings" },
    ...snippets.map(({ label, kind, source }): MenuItem => ({
      type: "action",
      label,
      run: () => actions.insert(before, kind, source),
    })),
  ];
}
