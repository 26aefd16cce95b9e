import { isRecord } from "../../cells/protocol/envelope.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { PortChannel, type PortLike } from "../../cells/protocol/port-channel.ts";
import { decodeParquet, encodeParquet, loadCodec, type RowRange } from "./parquet-codec.ts";

/** What the page may ask of the worker. Bytes are moved, not copied; a file stays here until it is closed. */
export interface ParquetCalls {
  readonly open: { readonly file: number; readonly bytes: Uint8Array };
  readonly close: { readonly file: number };
  readonly rows: { readonly file: number; readonly range: RowRange | null };
  readonly encode: { readonly ipc: Uint8Array };
}

const files = new Map<number, Uint8Array>();

// the page sends one end of a channel, and talks over that
addEventListener("message", ({ data }: MessageEvent<PortLike>) => {
  new Peer({
    channel: new PortChannel(data),
    handlers: {
      open: (request) => {
        const { file, bytes } = request as ParquetCalls["open"];
        files.set(file, bytes);
      },
      close: (request) => {
        files.delete((request as ParquetCalls["close"]).file);
      },
      rows: (request) => {
        const { file, range } = request as ParquetCalls["rows"];
        const bytes = files.get(file);
        if (bytes === undefined) throw new Error("the file is closed");
        return decodeParquet(bytes, range);
      },
      encode: (request) =>
        encodeParquet(isRecord(request) ? (request as unknown as ParquetCalls["encode"]).ipc : new Uint8Array()),
    },
  });
});
void loadCodec().catch(() => undefined);
