import { AppError } from "../errors.ts";
import type { CellState, KernelCell } from "../protocol/kernel.ts";
import type { KernelContext } from "./context.ts";
import { dropVariable, failingInput, type Variable } from "./define.ts";
import { prepareInvocation, type Invocation } from "./invocation.ts";
import { Output } from "./output.ts";
import { Part } from "./part.ts";
import type { QueryMemo } from "./query.ts";
import { isAssetValue } from "./assets.ts";
import type { Run } from "./run.ts";
import { assetName, definitionKey, hydratedShape, namesOf, sameShape, shapeOf, type Shape } from "./shape.ts";
import { defineExtras, mainName, type Extra, type ExtraOwner } from "./variables.ts";

/** What a cell asks its kernel. */
export interface CellKeeper {
  readonly context: KernelContext;
  readonly teller: CellTeller;
  /** whether some cells may not start by themselves */
  readonly isHolding: boolean;
  /** the results that stood for a cell's names do not give their values back: it is to run */
  refused(cell: LiveCell): void;
  /** whether a cell may start by itself: not paused, and its policy lets it */
  mayRun(cell: LiveCell): boolean;
}

/** What a cell tells of itself. */
export interface CellTeller {
  /** whether every run shall be timed */
  readonly isTiming: boolean;
  /** a variable of a cell began to be computed */
  opened(): void;
  /** a variable of a cell has a value or error, or is gone */
  closed(cell: LiveCell): void;
  /** the state of a cell may have changed */
  touched(cell: LiveCell): void;
  /** a cell that may take long is about to run */
  starting(cell: LiveCell): void;
}

/** Where the values of a cell come from: it runs, it is what the server published, or results that it would give again. */
type ValuesFrom = "here" | "published" | "hydrated";

/** A cell that took longer than this says beforehand that it runs; a faster one goes straight to its result. */
const slowMs = 2;

/** One cell in a kernel: what it shall be, and the runtime variables that carry it out. */
export class LiveCell implements ExtraOwner {
  readonly id: number;
  readonly now: () => number;
  readonly main: Part;
  /** names that it defines for others */
  names: readonly string[] = [];
  /** names of other cells that it reads, as values or relations */
  reads: readonly string[] = [];
  /** shall run once, whatever its policy says */
  requested = false;
  /** was asked for by name or id, and stays when the demand changes */
  kept = false;
  /** waits to be on screen, for policy `visible` */
  watched = false;
  /** its output has been on screen */
  seen = false;
  /** shows an older result than its code and inputs would give */
  stale = false;
  /** its state may have changed since it was told */
  marked = false;
  /** the state that was told */
  told: CellState | null = null;
  shape: Shape = { type: "inert" };
  extras: readonly Extra[] = [];
  readonly #keeper: CellKeeper;
  readonly #output: Output;
  #showsError = false;
  readonly #query: QueryMemo = { key: null, relation: null, bound: "[]" };
  #spec: KernelCell;
  #key: string;
  #shapes: Partial<Record<ValuesFrom, Shape>> = {};
  /** was run here because somebody asked for it */
  #byHand = false;
  /** what the server has of it does not stand for its values */
  #refused = false;
  #variable: Variable | null = null;
  #appliedKey: string | null = null;
  #appliedFrom: ValuesFrom = "here";
  #invocation: Invocation | null = null;

  constructor(keeper: CellKeeper, spec: KernelCell) {
    this.id = spec.compiled.id;
    this.now = keeper.context.now;
    this.#keeper = keeper;
    this.#output = new Output(keeper.context.display, this.id);
    this.main = new Part(this);
    this.#spec = spec;
    this.#key = definitionKey(spec);
    this.#readNames();
  }

  /** What it shall be. */
  get spec(): KernelCell {
    return this.#spec;
  }

  /** Gives it a new code or policy; `apply` makes it so. Tells whether names or policy changed, and with them who runs. */
  respecify(spec: KernelCell): boolean {
    const { names, reads, spec: before } = this;
    const shape = this.wantedShape();
    this.#spec = spec;
    this.#key = definitionKey(spec);
    this.#shapes = {};
    this.#readNames();
    if (before.run !== spec.run) this.#byHand = false;
    const wanted = this.wantedShape();
    if (wanted.type !== shape.type || (wanted.type === "hydrated" && !sameShape(wanted, shape))) return true;
    return before.run !== spec.run || !sameNames(names, this.names) || !sameNames(reads, this.reads);
  }

  /** Whether it has runtime variables. */
  get isLive(): boolean {
    return this.#appliedKey !== null;
  }

  /** Whether its variables are of its newest code. */
  get isCurrent(): boolean {
    return this.#appliedKey === this.#key && this.#appliedFrom === this.#valuesFrom;
  }

  /** Whether its values are those that the server published, and it does not compute them. */
  get isPublished(): boolean {
    if (this.requested || this.#byHand) return false;
    const { run } = this.#spec;
    return run === "server" || (run === "frozen" && (!this.isLive || this.shape.type === "published"));
  }

  /** Has it run, though the server has its results. */
  refuse(): void {
    this.#refused = true;
  }

  refuseResults(): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#keeper.refused(this);
  }

  get #valuesFrom(): ValuesFrom {
    if (this.isPublished) return "published";
    return this.#spec.hydrated !== undefined && !this.requested && !this.#byHand && !this.#refused
      ? "hydrated"
      : "here";
  }

  /** JSON text of the values that its latest query bound. */
  get bound(): string {
    return this.#query.bound;
  }

  /** The shape that `apply` would give it. */
  wantedShape(): Shape {
    const from = this.#valuesFrom;
    return (this.#shapes[from] ??= this.#shapeFrom(from));
  }

  #shapeFrom(from: ValuesFrom): Shape {
    if (from === "hydrated") return hydratedShape(this.#spec, this.#spec.hydrated ?? []);
    return shapeOf(this.#spec, from === "published" ? this.#keeper.context.assetKey : null);
  }

  /** Defines its variables by its newest code. */
  apply(): void {
    const { context } = this.#keeper;
    const from = this.#valuesFrom;
    const shape = this.wantedShape();
    const keep = this.#variable !== null && sameShape(shape, this.shape);
    if (!keep) this.#drop();
    this.#appliedKey = this.#key;
    this.#appliedFrom = from;
    this.shape = shape;
    this.stale = false;
    this.#invocation = null;
    this.restart();
    if (keep) return;
    this.extras = defineExtras(context, this, this.id, shape);
    this.changed();
  }

  /** Computes it anew although nothing changed. */
  restart(): void {
    this.main.forget();
    for (const { part } of this.extras) part.forget();
    this.#query.key = null;
    const definition = this.#definition();
    if (definition === null) return;
    this.#variable ??= this.#keeper.context.reactor.variable(this.main);
    this.#variable.define(mainName(this.id, this.shape), definition.inputs, definition.compute);
  }

  /** Takes its variables and what it shows away. */
  retire(): void {
    this.#drop();
    this.#appliedKey = null;
    this.stale = false;
    this.requested = false;
    if (this.#spec.isCheck) this.#output.said(undefined);
    this.#output.clear();
  }

  /** Stops what runs now. A promise that never settles no longer holds the cell or its readers; a stream ends. */
  interrupt(): void {
    const reason = new AppError("cell_cancelled", `cell ${this.id} was interrupted`);
    for (const part of [this.main, ...this.extras.map((extra) => extra.part)])
      if (part.phase !== "fulfilled" || part.run?.streams) part.run?.end(reason);
  }

  /** Whether the value of a name is the latest of a stream. */
  streams(name: string): boolean {
    const extra = this.extras.find((other) => other.name === name);
    return (extra?.part ?? this.main).run?.streams ?? false;
  }

  get isTiming(): boolean {
    return this.#keeper.teller.isTiming;
  }

  opened(): void {
    this.#keeper.teller.opened();
  }

  closed(): void {
    this.#keeper.teller.closed(this);
  }

  changed(): void {
    this.#keeper.teller.touched(this);
  }

  gave(part: Part, value: unknown, repeated: boolean): void {
    if (repeated) return;
    const { shape } = this;
    const { autodisplay } = this.#spec.compiled;
    if (this.#spec.isCheck && part === this.main) this.#output.said(this.#verdictOf(value));
    if (part === this.main) {
      this.#showsError = false;
      if (part.run !== null) this.#output.clearFor(part.run);
      if (shape.type === "published") {
        if (shape.shown && isAssetValue(value))
          this.#output.replace(value.type === "json" ? JSON.parse(value.text) : value.relation, null);
      } else if (shape.type === "hydrated") {
        if (shape.shown !== null) this.#output.replace(value, shape.shown);
      } else if (autodisplay && shape.type !== "mutable") this.#output.replace(value, mainLabel(shape));
    } else if (autodisplay && shape.type === "mutable") this.#output.replace(value, `mutable ${shape.name}`);
  }

  failed(part: Part, error: unknown): void {
    if (this.#spec.isCheck && part === this.main) this.#output.said(undefined);
    // a name of the cell that fails by its own value shows in the cells that read it
    if (part === this.main && part.run?.finished) return this.#output.clearFor(part.run);
    if (part === this.main) {
      this.#showsError = true;
      return this.#output.error(error);
    }
    // a name that another cell defines as well: what this one shows is still right
    if (part.run === null && failingInput(error) === null && !this.#showsError) this.#output.alert(error);
  }

  /** What a check gives: its value, or that of its first name. */
  #verdictOf(value: unknown): unknown {
    const { shape } = this;
    if (shape.type === "published" && isAssetValue(value))
      return value.type === "json" ? JSON.parse(value.text) : value.relation;
    return shape.type === "bundle" ? Reflect.get(Object(value), shape.names[0] ?? "") : value;
  }

  #readNames(): void {
    const { compiled, tables } = this.#spec;
    this.names = namesOf(this.#spec);
    this.reads = [
      ...compiled.inputs.map(({ name }) => name),
      ...tables.map(({ source }) => (source.type === "cell" ? source.name : assetName(source.key))),
    ];
  }

  #drop(): void {
    this.main.forget();
    this.main.close();
    if (this.#variable !== null) dropVariable(this.#variable);
    this.#variable = null;
    for (const { variable, part } of this.extras) {
      part.forget();
      part.close();
      dropVariable(variable);
    }
    this.extras = [];
  }

  #definition(): Definition | null {
    const { shape, main } = this;
    switch (shape.type) {
      case "inert":
        return null;
      case "broken":
        return {
          inputs: [],
          compute: () => {
            throw new SyntaxError(shape.message);
          },
        };
      case "published": {
        const inputs = shape.assets.map(({ key }) => assetName(key));
        return { inputs, compute: (...assets) => main.compute(assets, () => assets[0]) };
      }
      case "hydrated":
        return {
          inputs: shape.shown === null ? [] : [shape.shown],
          compute: (value) => main.compute([value], () => value),
        };
      case "bundle":
      case "mutable":
      case "single":
      case "sql":
      case "value":
        return this.#computed();
    }
  }

  #computed(): Definition {
    const { main } = this;
    const keeper = this.#keeper;
    const invocation = (this.#invocation ??= prepareInvocation(
      keeper.context,
      this.spec,
      this.shape,
      this.#output,
      this.#query,
    ));
    const start = (run: Run, self: unknown): unknown => {
      if (this.requested) {
        this.requested = false;
        this.#byHand = true;
      }
      this.stale = false;
      main.phase = "running";
      // what has not run yet may be slow, or never come back
      if (main.ms < 0 || main.ms > slowMs) keeper.teller.starting(this);
      return invocation.invoke(run, self);
    };
    const hold = (run: Run): unknown => {
      this.stale = true;
      return main.repeat(run);
    };
    const isHeld = (): boolean => keeper.isHolding && !keeper.mayRun(this);
    return {
      inputs: invocation.inputs,
      compute(...inputs) {
        const { run } = main;
        if (run !== null && isHeld()) return hold(run);
        return main.compute(inputs, start, this);
      },
    };
  }
}

interface Definition {
  readonly inputs: readonly string[];
  readonly compute: (this: unknown, ...inputs: unknown[]) => unknown;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function mainLabel(shape: Shape): string | null {
  return shape.type === "sql" || shape.type === "value" ? shape.name : null;
}
