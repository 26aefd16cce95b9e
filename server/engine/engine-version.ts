import { createRequire } from "node:module";

const { version } = createRequire(import.meta.url)("@duckdb/node-api/package.json") as { readonly version: string };

/** DuckDB's version without loading it: `1.5.5`. A test holds it against what the engine says. */
export const engineVersion: string = version.split("-")[0] ?? version;

/** Engine and its major version, as it stands in memo keys: a result of another major is another result. */
export const engineMajor: string = `duckdb ${engineVersion.split(".").slice(0, 2).join(".")}`;
