import { type AddressInfo, createServer, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";

/** A PostgreSQL of this process, over a socket. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Runs statements past the socket. */
  exec(sql: string): Promise<void>;
}

const sslRequest = 80877103;
const cancelRequest = 80877102;

/**
 * Starts PostgreSQL itself, as PGlite brings it, and speaks its protocol on a port of 127.0.0.1. It has one session, so that whoever
 * connects waits until the one before has gone. Any user and password are let in.
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const database = await PGlite.create();
  const sockets = new Set<Socket>();
  let before: Promise<unknown> = Promise.resolve();
  const server = createServer((socket) => {
    sockets.add(socket);
    const turn = before;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    before = turn.then(() => gone);
    socket.on("error", () => undefined);
    void gone.then(() => sockets.delete(socket));
    serve(socket, turn, database);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    exec: async (sql) => void (await database.exec(sql)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
    },
  };
}

/** Passes on whole messages, one after another: the first has no type, those behind it have one byte of it. */
function serve(socket: Socket, turn: Promise<unknown>, database: PGlite): void {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  let answered = turn;
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const lengthAt = isStarted ? 1 : 0;
      if (rest.length < lengthAt + 4) return;
      const length = lengthAt + rest.readInt32BE(lengthAt);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      const code = isStarted ? 0 : message.readInt32BE(4);
      if (code === cancelRequest) return void socket.end();
      if (code === sslRequest) {
        socket.write("N");
        continue;
      }
      isStarted = true;
      answered = answered.then(async () => {
        const answer = await database.execProtocolRaw(new Uint8Array(message));
        if (socket.writable) socket.write(answer);
      });
      answered.catch(() => socket.destroy());
    }
  });
  // a transaction that was left open is nobody's
  socket.once("close", () => void answered.then(() => database.exec("ROLLBACK")).catch(() => undefined));
}
