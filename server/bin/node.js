import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The oldest Node that the server runs on: its permission model covers the network, and it runs `.ts`. */
const oldest = 26;

/** Path of a Node that the server runs on: this one, or the project's own; null where neither is there. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= oldest) return process.execPath;
  const names = [
    `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ];
  for (const name of names) {
    const path = join(root, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(path)) return path;
  }
  return null;
}
