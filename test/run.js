// `npm test`: finds a browser (installs Debian's where it may), runs every test, and ends with one line of counts.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { root } from "../server/bin/node.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

function findBrowser() {
  if (process.env.CHROME_PATH) return existsSync(process.env.CHROME_PATH) ? process.env.CHROME_PATH : null;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...places].find(existsSync) ?? null;
}

function installBrowser() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  console.log("installing Debian's chromium for the tests (once)");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env });
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
    stdio: ["ignore", "ignore", "inherit"],
    env,
  });
}

if (findBrowser() === null && !process.env.CHROME_PATH) installBrowser();
const browser = findBrowser();
if (browser === null) {
  console.error(
    "the tests drive a real browser and found none: install Chrome or Chromium (on Debian: apt-get install chromium), or say where it is with CHROME_PATH",
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "cellar-test-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, CHROME_PATH: browser } },
);
const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
rmSync(folder, { recursive: true, force: true });
const failed =
  counts === null
    ? 1
    : counts.numFailedTests +
      (counts.testResults ?? []).filter((file) => file.status === "failed" && file.assertionResults.length === 0)
        .length;
// a later try hides what will fail one day
for (const { name, assertionResults } of counts?.testResults ?? [])
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status !== "passed" || failureMessages.length === 0) continue;
    const lines = failureMessages[0].split("\n").filter((line) => !line.includes("/node_modules/"));
    console.log(`passed at a later try: ${relative(root, name)} > ${fullName}\n  ${lines.join("\n  ")}`);
  }
console.log(`${counts?.numPassedTests ?? 0} passed, ${failed} failed, ${counts?.numPendingTests ?? 0} skipped`);
process.exit(status === 0 && failed === 0 ? 0 : 1);
