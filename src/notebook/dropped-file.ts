import type { Before, NotebookCommand } from "../../cells/protocol/document.ts";

/** The cell that shows a file which was dropped on the notebook: a query where the file is a table, else the file. */
export function cellOfFile(file: string, before: Before): Extract<NotebookCommand, { type: "insert" }> {
  const placed = { type: "insert", before, editor: false } as const;
  if (!/\.(?:csv|tsv|json|ndjson|jsonl|arrow|parquet)$/i.test(file))
    return { ...placed, kind: "js", source: `FileAttachment(${JSON.stringify(file)})`, output: null };
  const name = file
    .replace(/\.\w+$/, "")
    .replace(/\W+/g, "_")
    .replace(/^(?=\d)/, "_")
    .toLowerCase();
  return { ...placed, kind: "sql", source: `FROM '${file.replaceAll("'", "''")}'`, output: name || null };
}
