import { StateEffect, StateField, type EditorState, type Range } from "@codemirror/state";
import { Decoration, EditorView, hoverTooltip, type DecorationSet } from "@codemirror/view";
import type { DocumentReference } from "../../cells/protocol/document.ts";
import type { Diagnostic, Span } from "../../cells/model/diagnostic.ts";

/** Something that the editor underlines, with what it says when asked. */
export interface Mark {
  readonly span: Span;
  readonly type: "reference" | "error" | "warning";
  readonly text: string;
  /** the name that a reference stands for */
  readonly reference: DocumentReference | null;
}

interface Marks {
  readonly marks: readonly Mark[];
  readonly decorations: DecorationSet;
}

const setMarks = StateEffect.define<readonly Mark[]>();

const field = StateField.define<Marks>({
  create: () => ({ marks: [], decorations: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setMarks)) return { marks: effect.value, decorations: decorate(effect.value, transaction.state) };
    return transaction.docChanged ? { ...value, decorations: value.decorations.map(transaction.changes) } : value;
  },
  provide: (self) => EditorView.decorations.from(self, ({ decorations }) => decorations),
});

function decorate(marks: readonly Mark[], state: EditorState): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const mark of marks) {
    const from = Math.min(mark.span.start, state.doc.length);
    // an empty span, as at an unexpected end, is drawn one character wide
    const to = Math.min(Math.max(mark.span.end, from + 1), state.doc.length);
    if (to > from) ranges.push(Decoration.mark({ class: `cm-mark-${mark.type}`, mark }).range(from, to));
  }
  return Decoration.set(ranges, true);
}

/** The marks as they now stand, moved along with the text. */
function markAt(
  state: EditorState,
  position: number,
): { readonly mark: Mark; readonly from: number; readonly to: number } | null {
  let found: { mark: Mark; from: number; to: number } | null = null;
  state.field(field).decorations.between(position, position, (from, to, decoration) => {
    const mark: unknown = decoration.spec["mark"];
    if (isMark(mark) && (found === null || mark.type !== "reference")) found = { mark, from, to };
  });
  return found;
}

function isMark(value: unknown): value is Mark {
  return typeof value === "object" && value !== null && "span" in value && "reference" in value;
}

/** Underlines names of other cells and what is wrong; Ctrl-click on a name goes to where it is defined. */
export function marksExtension(onJump: (reference: DocumentReference) => void) {
  return [
    field,
    hoverTooltip((view, position) => {
      const found = markAt(view.state, position);
      if (found === null) return null;
      return {
        pos: found.from,
        end: found.to,
        above: true,
        create: () => {
          const dom = document.createElement("div");
          dom.className = `cm-hint cm-hint-${found.mark.type}`;
          dom.textContent = found.mark.text;
          return { dom };
        },
      };
    }),
    EditorView.domEventHandlers({
      mousedown(event, view) {
        if (!event.ctrlKey && !event.metaKey) return false;
        const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
        const reference = position === null ? null : (markAt(view.state, position)?.mark.reference ?? null);
        if (reference === null) return false;
        event.preventDefault();
        onJump(reference);
        return true;
      },
    }),
  ];
}

/** Replaces all marks of an editor. */
export function showMarks(view: EditorView, marks: readonly Mark[]): void {
  view.dispatch({ effects: setMarks.of(marks) });
}

/** Whether two lists of marks underline the same and say the same. */
export function sameMarks(a: readonly Mark[], b: readonly Mark[]): boolean {
  return (
    a.length === b.length &&
    a.every((mark, at) => {
      const other = b[at];
      return (
        other !== undefined &&
        mark.type === other.type &&
        mark.text === other.text &&
        mark.span.start === other.span.start &&
        mark.span.end === other.span.end &&
        mark.reference?.cell === other.reference?.cell &&
        mark.reference?.asset === other.reference?.asset
      );
    })
  );
}

/** What is to be underlined in a cell: names from elsewhere, diagnostics, and the place where its last run failed. */
export function marksOf(
  references: readonly DocumentReference[],
  diagnostics: readonly Diagnostic[],
  failure: { readonly span: Span; readonly message: string } | null,
): readonly Mark[] {
  const marks: Mark[] = references.flatMap((reference) =>
    reference.spans.map((span) => ({ span, type: "reference" as const, text: describe(reference), reference })),
  );
  for (const { span, attribute, severity, message } of diagnostics)
    if (span !== null && attribute === null) marks.push({ span, type: severity, text: message, reference: null });
  if (failure !== null) marks.push({ span: failure.span, type: "error", text: failure.message, reference: null });
  return marks;
}

function describe({ name, cell, asset }: DocumentReference): string {
  return `${name}: ${cell === null ? `asset ${asset ?? ""}` : `cell ${cell}`} (Ctrl-click to go there)`;
}
