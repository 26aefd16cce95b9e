#!/usr/bin/env node
// Runs under any Node from 20 on: starts the command line under the project's own Node where this one is too old.
import { spawn } from "node:child_process";
import module from "node:module";
import { join } from "node:path";
import { findNode, root } from "./node.js";

// compiled code and stripped types are kept between starts: the command line is there in half the time
module.enableCompileCache?.();

const node = findNode();
if (node === null) {
  console.error("cellar needs Node 26, which comes with the project: run npm install in its folder, then try again");
  process.exit(2);
} else if (node === process.execPath) {
  const [{ run }, { processSurroundings }] = await Promise.all([
    import("../cli/main.ts"),
    import("../cli/surroundings.ts"),
  ]);
  process.exitCode = await run(process.argv.slice(2), processSurroundings());
} else {
  const child = spawn(node, [join(root, "server/bin/cellar.js"), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
