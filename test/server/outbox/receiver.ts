import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../support/eventually.ts";
import type { LocalWorkspace } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

/** What was told, with something to wait for. */
export class Told {
  readonly list: string[] = [];
  #wake: () => void = () => undefined;
  add(text: string): void {
    this.list.push(text);
    this.#wake();
  }
  async until(count: number): Promise<readonly string[]> {
    while (this.list.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.list;
  }
}

/** A receiver that answers with what it is told to. */
export async function receiver(status: () => number) {
  const told = new Told();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      response.writeHead(status()).end();
      told.add(JSON.stringify({ authorization: request.headers.authorization, body: JSON.parse(body) as unknown }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`,
    told,
    bodies: () => told.list.map((text) => (JSON.parse(text) as { body: Record<string, unknown> }).body),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** Resolves once every outbox has told all that happened. */
export const caughtUp = ({ open }: LocalWorkspace) =>
  eventually("everything to be told", async () => (await open.eventsOut.state()).every(({ behind }) => behind === 0));

/** A notebook whose one asset fails, unless its SQL is another. */
export const failing = (text = "SELECT nothing AS x") => notebook([["sql", 'output="one"', text]]);
