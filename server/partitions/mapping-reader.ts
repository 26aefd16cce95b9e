import { askMappingName } from "../../cells/builtins/ask-mapping.ts";
import { argumentName } from "../../cells/compile/compiled-cell.ts";
import { emptyCell } from "../../cells/compile/empty-cell.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import { functionsNamed, mappingFunctionOf, type MappingFunction } from "../../cells/graph/mapping-functions.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { type MappedKeys, mostMapped } from "../../cells/model/mapped-keys.ts";
import type { MappingAnswers } from "../../cells/partition/mapping-answers.ts";
import { mappedName } from "../../cells/partition/open-partitions.ts";
import { sliceOf, type Slice } from "../../cells/partition/slice.ts";
import { keysOf, partitionCount, type PartitionSpace } from "../../cells/partition/space.ts";
import { problemOfPartitions, type SpaceOf } from "../../cells/plan/spaces.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import { evaluate, type EvaluationParts } from "../engines/evaluate.ts";

/** How long a function has for all that it is asked at once. */
const answerMs = 20_000;
/** When one that could not be asked is asked again. */
const retryMs = 60_000;
/** Answers that nobody asked for so long are forgotten: of code that was edited since, say. */
const keptMs = 60 * 60_000;
/** the id of no cell of an author's: those are positive */
const askingCellId = -2;
const answerName = "@mapping answer";

/** What one function said of the partitions of one definition. Who has the answers sees them grow. */
interface Asked {
  readonly answers: Map<string, MappedKeys>;
  /** the partitions that it was last asked of, so that they need not be gone through again */
  last: { readonly signature: string; readonly count: number } | null;
  /** those that it could not be asked of, until then */
  retryAt: number;
  readonly unanswered: Set<string>;
  usedAt: number;
  asking: Promise<void> | null;
}

/** A function to be asked of all partitions of a space. */
interface Question {
  readonly graph: NotebookGraph;
  readonly mapping: MappingFunction;
  readonly space: PartitionSpace;
}

/**
 * Asks the JavaScript functions that say which partitions of an input are read (`upstream="orders: function quarter"`), once for each
 * partition and version of the code: planning reads answers and runs no code.
 */
export class MappingReader {
  readonly #parts: EvaluationParts;
  readonly #known = new Map<string, Asked>();
  // every plan asks, and most workspaces have none
  readonly #mapped = new WeakMap<Workspace, readonly Mapped[]>();

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
  }

  /**
   * What the functions of a workspace answer for the partitions that there are, by `mappedName`. What one throws is its answer; one that
   * does not end is ended. Never rejects for what an author wrote.
   */
  async answers(workspace: Workspace, spaceOf: SpaceOf): Promise<ReadonlyMap<string, MappingAnswers>> {
    const found = new Map<string, Map<string, ReadonlyMap<string, MappedKeys>>>();
    for (const { node, graph, mapping } of this.#mappedIn(workspace)) {
      if (problemOfPartitions(node, spaceOf) !== null) continue;
      const name = mappedName(node.notebook, node.options.partitions ?? "");
      const asked = this.#askedOf(mapping, name, graph);
      await this.#complete(asked, { graph, mapping, space: spaceOf(node) });
      const own = found.get(name) ?? new Map<string, ReadonlyMap<string, MappedKeys>>();
      found.set(name, own.set(mapping.name, asked.answers));
    }
    this.#forget();
    return found;
  }

  #mappedIn(workspace: Workspace): readonly Mapped[] {
    const known = this.#mapped.get(workspace) ?? mappedIn(workspace);
    this.#mapped.set(workspace, known);
    return known;
  }

  #forget(): void {
    const before = this.#parts.clock.now() - keptMs;
    for (const asked of this.#known.values()) {
      if (asked.usedAt >= before || asked.asking !== null || asked.answers.size === 0) continue;
      asked.answers.clear();
      asked.unanswered.clear();
      asked.last = null;
    }
  }

  #askedOf({ version }: MappingFunction, name: string, { options }: NotebookGraph): Asked {
    const key = JSON.stringify([version, name, options.timezone]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asked: Asked = {
      ...{ answers: new Map(), last: null, retryAt: 0, unanswered: new Set(), usedAt: 0, asking: null },
    };
    this.#known.set(key, asked);
    return asked;
  }

  /** Asks for the partitions that have no answer; who comes meanwhile waits for the same. */
  async #complete(asked: Asked, question: Question): Promise<void> {
    while (asked.asking !== null) await asked.asking;
    const { space } = question;
    const count = partitionCount(space);
    // that there are too many is told where the mapping is bound
    if (count > mostMapped) return;
    const now = this.#parts.clock.now();
    asked.usedAt = now;
    if (asked.unanswered.size > 0 && now >= asked.retryAt) {
      for (const key of asked.unanswered) asked.answers.delete(key);
      asked.unanswered.clear();
      asked.last = null;
    }
    if (asked.last?.signature === space.signature && asked.last.count === count) return;
    asked.last = { signature: space.signature, count };
    const missing: Slice[] = [];
    for (const key of keysOf(space)) {
      const slice = asked.answers.has(key) ? null : sliceOf(space, key);
      if (slice !== null) missing.push(slice);
    }
    if (missing.length === 0) return;
    asked.asking = this.#ask(asked, question, missing).finally(() => (asked.asking = null));
    await asked.asking;
  }

  async #ask(asked: Asked, { graph, mapping }: Question, partitions: readonly Slice[]): Promise<void> {
    try {
      const answers = await this.#evaluate(graph, mapping.name, partitions);
      partitions.forEach(({ key }, at) => {
        const answer = answers[at];
        if (answer !== undefined) asked.answers.set(key, answer);
      });
    } catch (error) {
      const problem = `function ${mapping.name} cannot be asked: ${error instanceof Error ? error.message : String(error)}`;
      for (const { key } of partitions) {
        asked.answers.set(key, { problem });
        asked.unanswered.add(key);
      }
      asked.retryAt = this.#parts.clock.now() + retryMs;
    }
  }

  /** The answers of a function, in the order of the partitions. Throws what its cell throws, and `cell_timeout`. */
  async #evaluate(
    graph: NotebookGraph,
    name: string,
    partitions: readonly Slice[],
  ): Promise<readonly (MappedKeys | undefined)[]> {
    const count = `${partitions.length} ${partitions.length === 1 ? "partition" : "partitions"}`;
    const text = await evaluate(this.#parts, {
      purpose: "mapping",
      notebook: { path: graph.path, cells: [...toKernelCells(graph), askingCell(name, partitions)], params: {} },
      value: { asset: AssetKey.of(graph.path, name), cell: askingCellId, name: answerName, inputs: [], files: {} },
      readable: [],
      timeoutMs: answerMs,
      sayLate: `it took longer than ${answerMs / 1000} s for ${count} and was ended; let it do less`,
      sayDied: (reason) => `its process ended: ${reason}; let it do less`,
    });
    return (JSON.parse(text) as { readonly answers: readonly (MappedKeys | undefined)[] }).answers;
  }
}

/** An asset, or a rule about one, with a function that maps its partitions. */
interface Mapped {
  readonly node: AssetNode;
  readonly graph: NotebookGraph;
  readonly mapping: MappingFunction;
}

function mappedIn(workspace: Workspace): readonly Mapped[] {
  const rules = [...workspace.checks.values()].flat().flatMap(({ node, rule }) => (rule === null ? [] : [node]));
  return [...workspace.assets.values(), ...rules].flatMap((node) => {
    const graph = workspace.notebooks.get(node.notebook);
    if (graph === undefined || node.options.partitions === null) return [];
    return [...functionsNamed(node.options.upstream).values()].flatMap((name): Mapped[] => {
      const mapping = mappingFunctionOf(graph, name);
      return mapping === null ? [] : [{ node, graph, mapping }];
    });
  });
}

/** A cell that hands a function the partitions. They go into it as text, which is parsed faster than code. */
function askingCell(name: string, partitions: readonly Slice[]): KernelCell {
  const inputs = [name, askMappingName];
  const [given = "", ask = ""] = inputs.map(argumentName);
  const text = JSON.stringify(JSON.stringify(partitions));
  return {
    compiled: {
      ...emptyCell(askingCellId, "js"),
      inputs: inputs.map((input) => ({ name: input, spans: [] })),
      outputs: [{ name: answerName, spans: [] }],
      output: answerName,
      body: `(${given}, ${ask}) => ${ask}(${JSON.stringify(name)}, ${given}, JSON.parse(${text}))`,
    },
    tables: [],
    imports: {},
    run: "auto",
  };
}
