/** A file on its way into the lake: the writer owns `path` until `seal` or `discard`. */
export interface Staged {
  readonly id: string;
  /** absolute path of a file (or, for `sealAll`, a folder) that does not exist yet, in a private folder that holds nothing else */
  readonly path: string;
}

/** A content-addressed file of the lake. */
export interface LakeFile {
  /** SHA-256 of the bytes, hex */
  readonly sha256: string;
  readonly bytes: number;
  readonly extension: "parquet" | "json";
}

/**
 * The folder (or bucket) of content-addressed files, `ab/<sha256>.parquet`. A file is whole or absent (P2): it is written
 * elsewhere, hashed, synced, renamed, and its folder synced, before anyone may name it. The store's row is the commit point;
 * a file that no row names is garbage, never a lie. One conformance suite: `test/conformance/lake.ts`.
 */
export interface Lake {
  /** A new staging place for one file, in the folder of this name. */
  stage(folder: string): Promise<Staged>;
  /** Moves a written file to its address. Idempotent for equal bytes. Throws `storage_full`, `storage_failed`. */
  seal(staged: Staged, extension: LakeFile["extension"]): Promise<LakeFile>;
  /**
   * As `seal`, of `count` files named `0`, `1`, … in a folder at the staged path: each is as whole as one that was sealed by itself, and
   * a folder of the lake is synced once for all that came into it. Resolves in their order, all or nothing to be named.
   */
  sealAll(
    staged: Staged,
    count: number,
    extension: LakeFile["extension"],
    signal?: AbortSignal,
  ): Promise<readonly LakeFile[]>;
  discard(staged: Staged): Promise<void>;
  /**
   * Absolute path of a local copy whose hash was checked at least once by this process. Throws `lake_damaged` (data: expected,
   * found) or `asset_missing` where the file is gone.
   */
  open(file: Pick<LakeFile, "sha256" | "extension">): Promise<string>;
  /** Hashes again, whatever was checked before. */
  verify(file: Pick<LakeFile, "sha256" | "extension">): Promise<void>;
  /**
   * Removes files that `keep` does not name, that are older than `olderThanMs` and that nobody opened since, and staging of
   * dead runs. Returns the bytes freed.
   */
  collect(keep: ReadonlySet<string>, olderThanMs: number, now: number): Promise<number>;
  close(): Promise<void>;
}
