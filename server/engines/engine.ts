import type { AskResource, ResourceReply } from "../resources/resource.ts";
import type { EngineCalls, EngineEvent, OpenEngine } from "../engine/messages.ts";

/** A process with a locked-down DuckDB, and a kernel child of its own once a step needs JavaScript. */
export interface Engine {
  readonly calls: EngineCalls;
  /** Returns what unsubscribes. */
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Answers what cells ask of resources. Without it there are none, as for a reader of stored data. */
  onAsk(answer: (request: AskResource, signal: AbortSignal) => Promise<ResourceReply>): void;
  /** Resolves with the reason once the process is gone, whoever ended it. */
  readonly died: Promise<string>;
  /** Ends the whole process tree at once. */
  kill(): void;
}

/** Where engines come from. */
export interface EnginePool {
  /**
   * A process of one's own, opened with these folders; it is never shared. With `needsKernel` its kernel child
   * starts at once, beside it.
   */
  acquire(open: OpenEngine, needsKernel?: boolean): Promise<Engine>;
  close(): Promise<void>;
}
