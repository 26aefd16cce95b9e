/** What a built-in knows of the cell that uses it. */
export interface CellScope {
  readonly cell: number;
  /** aborts when the run of the cell that got the built-in is over */
  readonly signal: AbortSignal;
}

/** A built-in that is made anew for each run of each cell that reads it, so that its calls can be cancelled with it. */
export class CellScoped {
  readonly make: (scope: CellScope) => unknown;

  constructor(make: (scope: CellScope) => unknown) {
    this.make = make;
  }
}
