import { access, constants, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../cells/errors.ts";
import { version } from "../version.ts";
import { findHolder } from "../workspace/lock.ts";
import { type Finding, info, problem, warning } from "./finding.ts";

const mebi = 1024 * 1024;
const scarceBytes = 1024 * mebi;
const tooFewBytes = 100 * mebi;
/** the permission model covers the network from this one on */
const leastNode = 25;

/** Node, the folder and its rights, the disk, who holds the workspace, and the pages. */
export async function machineFindings(root: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [nodeFinding()];
  const home = join(root, ".cellar");
  if ((await stat(home).catch(() => null)) === null)
    findings.push(info("folder", `${root} has no .cellar yet: nothing was run or published here`));
  else findings.push(...(await folderFindings(home)));
  findings.push(await diskFinding(root), ...(await holderFindings(root, home)), await pagesFinding());
  return findings;
}

function nodeFinding(): Finding {
  const { node } = process.versions;
  return Number(node.split(".")[0]) >= leastNode
    ? info("node", `Cellar ${version} on Node ${node}`)
    : problem(
        "node",
        `Node ${node} runs the server: its kernels would not be kept from the network`,
        "start it as cellar or npx cellar, which take the Node that comes with the project; run npm ci if it is not there",
      );
}

async function folderFindings(home: string): Promise<readonly Finding[]> {
  try {
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      problem(
        "folder",
        `.cellar cannot be written (${messageOf(error)})`,
        "give the user who runs Cellar the right to write it, as with chown -R",
      ),
    ];
  }
  const { mode } = await stat(home);
  return (mode & 0o077) === 0
    ? [info("folder", ".cellar can be written, and by its owner alone")]
    : [
        warning(
          "folder",
          `others on this machine may read .cellar (mode ${(mode & 0o777).toString(8)}), with its token`,
          "run chmod 700 .cellar",
        ),
      ];
}

async function diskFinding(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const text = `${Math.round(free / mebi)} MB are free on the disk of the workspace`;
  const advice = 'free some, or let the lake keep less: retain on cells, as in retain="20 versions"';
  return free < tooFewBytes
    ? problem("disk", text, advice)
    : free < scarceBytes
      ? warning("disk", text, advice)
      : info("disk", text);
}

async function holderFindings(root: string, home: string): Promise<readonly Finding[]> {
  if ((await stat(home).catch(() => null)) === null) return [];
  try {
    const holder = await findHolder(root);
    if (holder === null) return [info("lock", "no server has the workspace")];
    const where = holder.address === null ? "" : ` at ${holder.address}`;
    return [
      info(
        "lock",
        `process ${holder.pid} on ${holder.host} has the workspace${where}, since ${new Date(holder.startedAt).toISOString()}`,
      ),
    ];
  } catch (error) {
    return [
      problem(
        "lock",
        `the lock of the workspace cannot be taken: ${messageOf(error)}`,
        "look at the rights of .cellar/lock.db",
      ),
    ];
  }
}

async function pagesFinding(): Promise<Finding> {
  const built = await stat(join(import.meta.dirname, "../../dist/index.html")).catch(() => null);
  return built === null
    ? warning(
        "pages",
        "the pages for the browser are not built",
        "run npm run build before cellar serve; the command line needs none",
      )
    : info("pages", "the pages for the browser are built");
}
