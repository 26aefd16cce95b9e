import type { FileContent } from "../../../cells/protocol/host.ts";

/** Reads a file by a name as cells write it. */
export type ReadFile = (name: string) => Promise<FileContent>;

interface Held {
  url: string | null;
  /** what it was when it was read: a file is another when time or length differ */
  version: string;
  readAt: number;
  users: number;
  reading: Promise<string>;
}

/** A cell that runs again at each movement of a slider shows the same picture at once; the file is looked at this often. */
const freshMs = 1000;
/** How long a blob outlives the last output that showed it: the next run of the same cell shows it again. */
const lingerMs = 5000;

/** The files that outputs show, as blobs: each read once, and revoked when no output shows it any more. */
export class FileBlobs {
  readonly #read: ReadFile;
  readonly #held = new Map<string, Held>();

  constructor(read: ReadFile) {
    this.#read = read;
  }

  /**
   * Gives the address of a file's blob to `show`, at once where it is known, and again when the file has changed; `fail`
   * gets why there is none. It is kept until `signal` aborts.
   */
  use(name: string, signal: AbortSignal, show: (url: string) => void, fail: (error: unknown) => void): void {
    const held = this.#held.get(name) ?? this.#hold(name);
    held.users++;
    signal.addEventListener("abort", () => this.#leave(name, held), { once: true });
    const { url } = held;
    if (url !== null) show(url);
    if (url !== null && Date.now() - held.readAt > freshMs) held.reading = this.#load(name, held);
    held.reading.then(
      (loaded) => !signal.aborted && loaded !== url && show(loaded),
      (error: unknown) => !signal.aborted && fail(error),
    );
  }

  #hold(name: string): Held {
    const held: Held = { url: null, version: "", readAt: 0, users: 0, reading: Promise.resolve("") };
    held.reading = this.#load(name, held);
    this.#held.set(name, held);
    // what failed is tried again by the next who asks
    held.reading.catch(() => this.#held.get(name) === held && this.#held.delete(name));
    return held;
  }

  async #load(name: string, held: Held): Promise<string> {
    held.readAt = Date.now();
    const { bytes, lastModified } = await this.#read(name);
    const version = `${lastModified}/${bytes.length}`;
    if (held.url !== null && version === held.version) return held.url;
    if (held.url !== null) URL.revokeObjectURL(held.url);
    held.version = version;
    held.url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: typeOf(name) }));
    return held.url;
  }

  #leave(name: string, held: Held): void {
    held.users--;
    if (held.users > 0) return;
    setTimeout(() => {
      if (held.users > 0 || this.#held.get(name) !== held) return;
      this.#held.delete(name);
      if (held.url !== null) URL.revokeObjectURL(held.url);
    }, lingerMs);
  }
}

/** By the name, since a picture of the type `application/octet-stream` is shown, but an SVG is not. */
function typeOf(name: string): string {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return types[extension] ?? "application/octet-stream";
}

const types: Readonly<Record<string, string>> = {
  apng: "image/apng",
  avif: "image/avif",
  css: "text/css",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  m4a: "audio/mp4",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  png: "image/png",
  svg: "image/svg+xml",
  vtt: "text/vtt",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
};
