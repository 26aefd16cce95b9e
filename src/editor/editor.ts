import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { highlightSelectionMatches, selectNextOccurrence, selectSelectionMatches } from "@codemirror/search";
import { Annotation, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  placeholder,
  rectangularSelection,
} from "@codemirror/view";
import type { CellKind } from "../../cells/model/cell.ts";
import type { Span } from "../../cells/model/diagnostic.ts";
import type { DocumentReference } from "../../cells/protocol/document.ts";
import { completionExtension, type CompletionSource } from "./completion.ts";
import { foundExtension, showFound, type Found } from "./found.ts";
import { languageOf } from "./languages.ts";
import { marksExtension, sameMarks, showMarks, type Mark } from "./marks.ts";
import { editorTheme } from "./theme.ts";

/** What an editor tells the cell that it belongs to. */
export interface EditorOwner {
  readonly completion: CompletionSource;
  /** every change that the reader made */
  edited(source: string): void;
  focused(): void;
  blurred(): void;
  jump(reference: DocumentReference): void;
  /** a key before the editor uses it; true where it is dealt with */
  key(event: KeyboardEvent): boolean;
}

/** marks a change that came from outside, so that it is not told again */
const fromOutside = Annotation.define<true>();

/** A CodeMirror editor of one cell's source. `state` survives `unmount`, with its history and selection. */
export class CellEditor {
  readonly #owner: EditorOwner;
  readonly #readOnly: boolean;
  #kind: CellKind;
  #state: EditorState;
  #view: EditorView | null = null;
  #marks: readonly Mark[] = [];
  #found: Found = { spans: [], at: -1 };
  /** whether the text changed under the marks since they were set */
  #marksMoved = false;

  constructor(
    owner: EditorOwner,
    options: { readonly source: string; readonly kind: CellKind; readonly readOnly: boolean },
  ) {
    this.#owner = owner;
    this.#kind = options.kind;
    this.#readOnly = options.readOnly;
    this.#state = this.#create(options.source);
  }

  get isMounted(): boolean {
    return this.#view !== null;
  }

  get hasFocus(): boolean {
    return this.#view?.hasFocus ?? false;
  }

  get source(): string {
    return (this.#view?.state ?? this.#state).doc.toString();
  }

  /** Offset of the caret in the source. */
  get caret(): number {
    return (this.#view?.state ?? this.#state).selection.main.head;
  }

  mount(parent: HTMLElement): void {
    this.#view = new EditorView({ state: this.#state, parent });
    showMarks(this.#view, this.#marks);
    if (this.#found.spans.length > 0) showFound(this.#view, this.#found);
  }

  /** Takes the editor off the page; focus, if it has it, goes to the page. */
  unmount(): void {
    if (this.#view === null) return;
    this.#state = this.#view.state;
    this.#view.destroy();
    this.#view = null;
  }

  focus(at?: "start" | "end" | number | Span): void {
    const view = this.#view;
    if (view === null) return;
    if (at !== undefined) {
      const length = view.state.doc.length;
      const { start, end } =
        typeof at === "object" ? at : { start: at === "start" ? 0 : at === "end" ? length : at, end: null };
      const anchor = Math.min(start, length);
      view.dispatch({ selection: { anchor, head: Math.min(end ?? anchor, length) }, scrollIntoView: true });
    }
    view.focus();
  }

  blur(): void {
    this.#view?.contentDOM.blur();
  }

  /** Replaces the text by what someone else wrote, keeping the caret where the texts agree. */
  setSource(source: string): void {
    const state = this.#view?.state ?? this.#state;
    const now = state.doc.toString();
    if (now === source) return;
    let start = 0;
    while (start < now.length && start < source.length && now[start] === source[start]) start++;
    let end = 0;
    while (end < now.length - start && end < source.length - start && now.at(-1 - end) === source.at(-1 - end)) end++;
    const change = {
      changes: { from: start, to: now.length - end, insert: source.slice(start, source.length - end) },
      annotations: fromOutside.of(true),
    };
    if (this.#view) this.#view.dispatch(change);
    else this.#state = state.update(change).state;
  }

  setKind(kind: CellKind): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    const { source, caret } = this;
    this.#state = this.#create(source, caret);
    this.#view?.setState(this.#state);
    if (this.#view) showMarks(this.#view, this.#marks);
  }

  setMarks(marks: readonly Mark[]): void {
    // a dispatch measures the editor, and most updates of a cell change no mark
    if (!this.#marksMoved && sameMarks(marks, this.#marks)) return;
    this.#marksMoved = false;
    this.#marks = marks;
    if (this.#view) showMarks(this.#view, marks);
  }

  /** Draws what a search found in this text. */
  setFound(found: Found): void {
    const { spans, at } = this.#found;
    if (found.at === at && (found.spans === spans || (found.spans.length === 0 && spans.length === 0))) return;
    this.#found = found;
    if (this.#view) showFound(this.#view, found);
  }

  /** Brings a place into sight without taking the focus. */
  scrollTo({ start }: Span): void {
    const position = Math.min(start, this.source.length);
    this.#view?.dispatch({ effects: EditorView.scrollIntoView(position, { y: "nearest", yMargin: 96 }) });
  }

  /** Where the selection begins, and its text. */
  get selected(): { readonly start: number; readonly text: string } {
    const state = this.#view?.state ?? this.#state;
    const { from, to } = state.selection.main;
    return { start: from, text: state.sliceDoc(from, to) };
  }

  #create(source: string, caret = 0): EditorState {
    return EditorState.create({
      doc: source,
      selection: { anchor: Math.min(caret, source.length) },
      extensions: this.#extensions(),
    });
  }

  #extensions(): Extension[] {
    const language = languageOf(this.#kind);
    const prose = this.#kind === "md" || this.#kind === "html";
    return [
      // before CodeMirror's own keys: the cell's win
      Prec.highest(EditorView.domEventHandlers({ keydown: (event) => this.#owner.key(event) })),
      history(),
      drawSelection(),
      rectangularSelection(),
      highlightSpecialChars(),
      highlightSelectionMatches(),
      EditorState.allowMultipleSelections.of(true),
      EditorState.readOnly.of(this.#readOnly),
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of({ "aria-label": `${this.#kind} source`, spellcheck: prose ? "true" : "false" }),
      prose ? EditorView.lineWrapping : [],
      placeholder(this.#hint()),
      language ?? [],
      indentOnInput(),
      bracketMatching(),
      prose ? [] : closeBrackets(),
      completionExtension(this.#kind, this.#owner.completion),
      foundExtension,
      marksExtension((reference) => this.#owner.jump(reference)),
      editorTheme,
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        { key: "Mod-d", run: selectNextOccurrence, preventDefault: true },
        { key: "Mod-Shift-l", run: selectSelectionMatches },
        ...historyKeymap,
        ...defaultKeymap,
        indentWithTab,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) this.#marksMoved = true;
        if (update.docChanged && !update.transactions.some((one) => one.annotation(fromOutside)))
          this.#owner.edited(update.state.doc.toString());
        if (update.focusChanged) {
          if (update.view.hasFocus) this.#owner.focused();
          else this.#owner.blurred();
        }
      }),
    ];
  }

  #hint(): string {
    return `Type ${names[this.#kind]}, then Shift-Enter. Ctrl-space for names. ↑ ↓ change the kind.`;
  }
}

const names: Readonly<Record<CellKind, string>> = {
  js: "JavaScript",
  ts: "TypeScript",
  ojs: "Observable JavaScript",
  md: "Markdown",
  html: "HTML",
  sql: "SQL",
  tex: "TeX",
  dot: "DOT",
  node: "Node JavaScript",
  python: "Python",
  r: "R",
  unknown: "text",
};
