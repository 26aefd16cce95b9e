import type { AssetKey } from "./asset-key.ts";

/** A notebook of a branch: the text that it runs, and what was published when it was taken. */
export interface BranchRevision {
  readonly path: string;
  /** the notebook's `id`, or its path where it has none */
  readonly notebook: string;
  /** content hash of the text */
  readonly revision: string;
  /** the published revision that it was taken against; null where there was none */
  readonly base: string | null;
}

/**
 * An environment: a map from asset and partition to a fact. What it has no pointer of its own for, it reads as published. Only its
 * revisions differ from what is published, and only what they change is computed.
 */
export interface Branch {
  readonly name: string;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** by path, ascending */
  readonly revisions: readonly BranchRevision[];
}

/** What a branch reads in place of what is published. */
export interface BranchPointer {
  readonly asset: AssetKey;
  readonly partition: string;
  /** `seq` of the fact */
  readonly fact: number;
  /** `seq` of what was published when the pointer was made; null for nothing */
  readonly base: number | null;
}

/** A branch that became what is published, and what that was before. */
export interface Promotion {
  readonly id: string;
  readonly branch: string;
  readonly at: number;
  readonly rolledBackAt: number | null;
  readonly moves: readonly {
    readonly asset: AssetKey;
    readonly partition: string;
    readonly from: number | null;
    readonly to: number;
  }[];
  readonly revisions: readonly {
    readonly path: string;
    readonly notebook: string;
    readonly from: string | null;
    readonly to: string;
  }[];
}
