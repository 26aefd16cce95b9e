// Runs under any Node from 20 on, before anything is installed: installs what the lock file says and builds the page,
// each only where it is not there yet or older than what it is made of.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findNode, root } from "./node.js";

const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function run(command, args, what) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(`cellar: ${what} failed${error ? `: ${error.message}` : ""}; what it printed above says why`);
  process.exit(status ?? 1);
}

function install() {
  const stamp = join(root, "node_modules/.cellar-lock");
  const wanted = hash(join(root, "package-lock.json"));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && findNode() !== null) return;
  console.log("cellar: installing packages (once)");
  const npm = process.env.npm_execpath;
  // no package needs its install script: what is compiled comes inside the packages
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (npm !== undefined && /\.c?js$/.test(npm)) run(process.execPath, [npm, ...args], "npm ci");
  else run("npm", args, "npm ci");
  if (findNode() === null) {
    console.error(
      `cellar: no Node 26 is packaged for ${process.platform}-${process.arch}; install Node 26 or newer and try again`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function build() {
  const built = join(root, "dist/index.html");
  const sources = ["src", "cells", "index.html", "vite.config.ts", "package-lock.json"].map((name) => join(root, name));
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.filter(existsSync).map(newest))) return;
  console.log("cellar: building the page (once)");
  run(
    findNode() ?? process.execPath,
    [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"],
    "the build",
  );
}

install();
build();
