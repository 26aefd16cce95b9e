import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { childChannel } from "../child-process/child-channel.ts";
import { spawnConfined } from "../child-process/spawn.ts";
import { resourceLimits } from "./resource-limits.ts";
import type { AnswerRequest, OpenRequest } from "./process.ts";
import type { ResourceAnswer, ResourceCall } from "./resource.ts";

/** A resource's process, open. One call at a time. */
export interface ResourceProcess {
  readonly isDead: boolean;
  /** Ends with `signal`, or after the resource's own time, with the process. */
  answer(call: ResourceCall, options: AnswerRequest["options"], signal: AbortSignal): Promise<ResourceAnswer>;
  kill(): void;
}

export type SpawnResource = (request: Omit<OpenRequest, "memoryBytes">) => Promise<ResourceProcess>;

const dataBytes = 8 * 2 ** 30;
/** how much longer than a resource may take its process is waited for: what ends in time says why itself */
const graceMs = 1_000;

/**
 * Starts the process of one resource: the only one that knows its secrets beside the server, with nothing of the server's environment
 * but the certificates that its owner trusts.
 */
export const spawnResource: SpawnResource = async (request) => {
  const { NODE_EXTRA_CA_CERTS } = process.env;
  const confined = spawnConfined({
    entry: join(import.meta.dirname, "process.ts"),
    nodeArguments: ["--no-warnings", "--max-old-space-size=1024"],
    environment: { TZ: "UTC", UV_THREADPOOL_SIZE: "12", ...(NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {}) },
    dataBytes,
    isGroup: true,
  });
  let isDead = false;
  const peer = new Peer({ channel: childChannel(confined.child) });
  const died = confined.died.then((how): never => {
    isDead = true;
    throw new AppError("resource_failed", `the process that asked a resource ended: ${how}; ask it for less`);
  });
  died.catch(() => undefined);
  const call = (
    method: "open" | "answer",
    payload: OpenRequest | AnswerRequest,
    signal?: AbortSignal,
  ): Promise<unknown> =>
    Promise.race([
      peer.call(method, payload, signal).catch((error: unknown) => {
        // a closed channel is told by the end of the process, which says why
        if (error instanceof AppError && error.code === "protocol" && !confined.child.connected) return died;
        throw error;
      }),
      died,
    ]);
  const kill = (): void => {
    isDead = true;
    confined.kill();
  };
  try {
    await call("open", { ...request, memoryBytes: resourceLimits.memoryBytes });
  } catch (error) {
    kill();
    throw error;
  }
  return {
    get isDead() {
      return isDead;
    },
    async answer(question, options, signal) {
      const limit = AbortSignal.timeout(options.timeoutMs + graceMs);
      const either = AbortSignal.any([signal, limit]);
      either.addEventListener("abort", kill, { once: true });
      try {
        // the process is ours: it answers what the type says
        return (await call("answer", { call: question, options }, either)) as ResourceAnswer;
      } catch (error) {
        signal.throwIfAborted();
        if (!limit.aborted) throw error;
        throw new AppError(
          "resource_failed",
          `resource ${options.name} did not answer within ${options.timeoutMs / 1000} s; ask it for less, or give it a longer "timeout" in cellar.json`,
          { data: { resource: options.name } },
        );
      } finally {
        either.removeEventListener("abort", kill);
      }
    },
    kill,
  };
};
