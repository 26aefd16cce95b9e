import type { LiveCell } from "./cell.ts";

/** What decides which cells have variables. */
export interface DemandOptions {
  readonly cells: readonly LiveCell[];
  readonly definers: ReadonlyMap<string, readonly LiveCell[]>;
  /** names to compute; null is everything */
  readonly wanted: ReadonlySet<string> | null;
  /** names that were asked for one by one: their cells run whatever their policy, except to be confirmed */
  readonly taken: ReadonlySet<string>;
  readonly paused: boolean;
  /** whether cells of policy `visible` can wait until they are seen */
  readonly hasScreen: boolean;
}

/** What shall happen to cells. A cell is in one of `apply`, `keep` and `retire`, or has no variables and gets none. */
export interface CellPlan {
  /** get variables, or variables of their newest code */
  readonly apply: readonly LiveCell[];
  /** keep the variables that they have */
  readonly keep: readonly LiveCell[];
  /** of those kept: their newest code waits */
  readonly hold: readonly LiveCell[];
  readonly retire: readonly LiveCell[];
  /** run once they are seen */
  readonly watch: readonly LiveCell[];
}

/**
 * Decides which cells are computed. A cell starts by itself where it is wanted and neither its policy nor a pause holds
 * it; it pulls the cells that it reads. A cell that reads one which never ran and may not start stays idle with it. A
 * cell that was asked for pulls what it reads past every policy but `confirm`.
 */
export function planCells({ cells, definers, wanted, taken, paused, hasScreen }: DemandOptions): CellPlan {
  const upstream = (cell: LiveCell): readonly LiveCell[] => {
    const found: LiveCell[] = [];
    for (const name of cell.reads) for (const other of definers.get(name) ?? []) if (other !== cell) found.push(other);
    return found;
  };
  const asked = new Set(cells.filter((cell) => cell.requested));
  const pull = [...asked, ...[...taken].flatMap((name) => definers.get(name) ?? [])];
  const pulled = new Set<LiveCell>();
  for (let cell = pull.pop(); cell !== undefined; cell = pull.pop()) {
    if (pulled.has(cell)) continue;
    pulled.add(cell);
    if (cell.spec.run === "confirm" && !cell.requested && !cell.isLive) continue;
    if (!cell.isLive && !cell.isPublished) cell.requested = true;
    pull.push(...upstream(cell));
  }

  const starts = (cell: LiveCell): boolean => {
    if (cell.requested) return true;
    if (paused) return false;
    return cell.spec.run === "auto" || cell.spec.run === "visible" || cell.isPublished;
  };
  const isWanted = (cell: LiveCell): boolean => {
    if (cell.requested || cell.kept || pulled.has(cell)) return true;
    if (wanted !== null) return false;
    return cell.isLive || (starts(cell) && (cell.spec.run !== "visible" || !hasScreen || cell.seen));
  };
  const roots = new Set(cells.filter(isWanted));
  for (const name of wanted ?? []) for (const cell of definers.get(name) ?? []) roots.add(cell);

  const ready = new Map<LiveCell, boolean>();
  const visit = (root: LiveCell): void => {
    // by hand, since a chain of ten thousand cells is deeper than the stack
    const stack: { readonly cell: LiveCell; readonly inputs: readonly LiveCell[]; next: number; ok: boolean }[] = [];
    const enter = (cell: LiveCell): boolean => {
      if (ready.has(cell)) return false;
      if (!cell.isLive && !starts(cell)) {
        ready.set(cell, false);
        return false;
      }
      // a cell of a cycle counts as ready; the runtime reports the cycle
      ready.set(cell, true);
      stack.push({ cell, inputs: upstream(cell), next: 0, ok: true });
      return true;
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.inputs[top.next];
      if (input === undefined) {
        ready.set(top.cell, top.ok);
        stack.pop();
      } else if (!enter(input)) {
        if (ready.get(input) === false) top.ok = false;
        top.next++;
      }
    }
  };
  const needed = new Set<LiveCell>();
  for (const cell of roots) visit(cell);
  for (const [cell, ok] of ready) if (ok) needed.add(cell);

  const plan: Record<keyof CellPlan, LiveCell[]> = { apply: [], keep: [], hold: [], retire: [], watch: [] };
  for (const cell of cells) {
    if (!needed.has(cell)) {
      if (cell.isLive) plan.retire.push(cell);
      else if (hasScreen && cell.spec.run === "visible" && !cell.seen && !cell.watched && !paused)
        plan.watch.push(cell);
    } else if (!cell.isLive || (!cell.isCurrent && starts(cell))) plan.apply.push(cell);
    else {
      plan.keep.push(cell);
      if (!cell.isCurrent) plan.hold.push(cell);
    }
  }
  return plan;
}
