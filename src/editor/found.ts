import { StateEffect, StateField, type Range } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { Span } from "../../cells/model/diagnostic.ts";

/** Places of a search in one text, and the one that is looked at. */
export interface Found {
  readonly spans: readonly Span[];
  /** index into `spans`, or -1 */
  readonly at: number;
}

const setFound = StateEffect.define<Found>();
const match = Decoration.mark({ class: "cm-found" });
const looked = Decoration.mark({ class: "cm-found cm-found-here" });

/** Draws what a search found. */
export const foundExtension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setFound)) {
        const ranges: Range<Decoration>[] = [];
        const { length } = transaction.state.doc;
        for (const [index, { start, end }] of effect.value.spans.entries())
          if (end <= length) ranges.push((index === effect.value.at ? looked : match).range(start, end));
        return Decoration.set(ranges);
      }
    return transaction.docChanged ? value.map(transaction.changes) : value;
  },
  provide: (self) => EditorView.decorations.from(self),
});

/** Draws other places in an editor, and brings the one that is looked at into sight. */
export function showFound(view: EditorView, found: Found): void {
  view.dispatch({ effects: setFound.of(found) });
}
