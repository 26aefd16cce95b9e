import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const chunkBytes = 1 << 20;

/** SHA-256 (hex) and length of what an open file holds, read from its start in pieces of 1 MiB. */
export async function hashFile(file: FileHandle): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  const { size } = await file.stat();
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size + 1));
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, bytes);
    hash.update(chunk.subarray(0, bytesRead));
    bytes += bytesRead;
    // a read that gives less than it could, at the length that the file has: nothing is behind it
    if (bytesRead === 0 || (bytes === size && bytesRead < chunk.length)) return { sha256: hash.digest("hex"), bytes };
  }
}
