import { expect, it } from "vitest";
import { cellOfFile } from "../../../src/notebook/dropped-file.ts";

it.each([
  ["sales.csv", "sql", "FROM 'sales.csv'", "sales"],
  ["2024 sales (final).parquet", "sql", "FROM '2024 sales (final).parquet'", "_2024_sales_final_"],
  ["it's.JSON", "sql", "FROM 'it''s.JSON'", "it_s"],
  ["photo.png", "js", 'FileAttachment("photo.png")', null],
] as const)("%s becomes a cell", (file, kind, source, output) => {
  expect(cellOfFile(file, 3)).toEqual({ type: "insert", before: 3, editor: false, kind, source, output });
});
