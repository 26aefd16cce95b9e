import { createApi, type Api } from "../../../src/remote/api.ts";
import { AppError } from "../../../cells/errors.ts";

/** A server of events in memory, with what a test does to it. It implements the client, not HTTP. */
export class FakeServer {
  readonly log: { readonly seq: number; readonly at: number; readonly event: object }[] = [];
  /** streams that are open now */
  readonly streams = new Set<{ push(): void; cut(): void }>();
  /** how many streams there ever were */
  opened = 0;
  version = "1";
  isUp = true;
  refuses = false;
  /** sends each event in pieces of this many characters and cuts the stream after so many of them, where set */
  cutAfter: (() => number) | null = null;

  append(event: object): void {
    this.log.push({ seq: this.log.length + 1, at: this.log.length, event });
    for (const stream of [...this.streams]) stream.push();
  }

  readonly api: Api = {
    ...createApi({ token: () => null }),
    call: ((name: string) => {
      if (!this.isUp) return Promise.reject(unreachable());
      return name === "health"
        ? Promise.resolve({ ok: true, version: this.version, workspace: "w" })
        : Promise.reject(new Error(name));
    }) as Api["call"],
    open: ((_name: string, { after }: { after?: string }, _body: unknown, signal: AbortSignal) => {
      if (!this.isUp) return Promise.reject(unreachable());
      if (this.refuses) return Promise.reject(new AppError("unauthorized", "no"));
      return Promise.resolve(new Response(this.#stream(after === undefined ? this.log.length : Number(after), signal)));
    }) as Api["open"],
  };

  #stream(after: number, signal: AbortSignal): ReadableStream<Uint8Array> {
    this.opened++;
    let next = after;
    let left = this.cutAfter?.() ?? Infinity;
    return new ReadableStream({
      start: (controller) => {
        const end = (how: () => void): void => {
          if (this.streams.delete(stream)) how();
        };
        const stream = {
          push: () => {
            for (; next < this.log.length && this.streams.has(stream); next++) {
              const event = this.log[next];
              const bytes = new TextEncoder().encode(`id: ${event?.seq}\ndata: ${JSON.stringify(event)}\n\n`);
              controller.enqueue(bytes.slice(0, left));
              left -= bytes.length;
              if (left < 0) return stream.cut();
            }
          },
          // closed, not broken: what was sent before arrives
          cut: () => end(() => controller.close()),
        };
        this.streams.add(stream);
        signal.addEventListener("abort", () => end(() => controller.error(signal.reason)));
        controller.enqueue(new TextEncoder().encode(": open\n\n"));
        stream.push();
      },
    });
  }
}

function unreachable(): AppError {
  return new AppError("not_found", "the server does not answer", { data: { unreachable: true } });
}
