import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { exceptions } from "./exceptions.ts";
import type { VectorSuite } from "./suite.ts";

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, "../../../shared/vectors"));
const suites = join(import.meta.dirname, "suites");
const known = new Set((await readdir(suites)).map((file) => basename(file, ".ts")));

let failed = false;
const files = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
  console.error(
    `${directory} cannot be read (${error.code}); give the folder of the vector files: npm run vectors -- DIR`,
  );
  process.exit(2);
});
if (!files.some((name) => name.endsWith(".json"))) {
  console.error(`${directory} holds no vector file (NAME.json); give the folder that does: npm run vectors -- DIR`);
  process.exit(2);
}
for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
  const name = basename(file, ".json");
  if (!known.has(name)) {
    console.log(`${name}: no suite reads this file`);
    failed = true;
    continue;
  }
  const { suite } = (await import(join(suites, `${name}.ts`))) as { suite: VectorSuite };
  const results = await suite.run(JSON.parse(await readFile(join(directory, file), "utf8")));
  const excused = exceptions[name] ?? {};
  const bad = results.filter((result) => !result.passed && !(result.id in excused));
  const differ = results.filter((result) => !result.passed && result.id in excused);
  const stale = results.filter((result) => result.passed && result.id in excused);
  console.log(
    `${name}: ${results.length - bad.length - differ.length}/${results.length}${differ.length ? ` (${differ.length} differ by design)` : ""}`,
  );
  for (const { id } of differ) console.log(`  ${id}: ${excused[id]}`);
  for (const { id } of stale) console.log(`  ${id}: passes, so its exception can go`);
  for (const { id, expected, got } of bad)
    console.log(`  ${id} failed\n    expected ${JSON.stringify(expected)}\n    got      ${JSON.stringify(got)}`);
  failed ||= bad.length > 0;
}
// cells under test may leave timers and generators behind
process.exit(failed ? 1 : 0);
