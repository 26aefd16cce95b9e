const mebi = 1024 * 1024;

/** What a DuckDB in a resource's process may use. */
export const resourceLimits = { memoryBytes: 1024 * mebi, temporaryBytes: 8192 * mebi, threads: 2 } as const;
