import { connect } from "node:net";

/** Sends these bytes to a port and resolves with the status and the text of the answer: for requests that no client would send. */
export function rawRequest(port: number, text: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      // an answer with a length is over when it is here; the others end by closing
      const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      if (/\r\n\r\n/.test(answer) && length !== undefined && Buffer.byteLength(body) >= Number(length)) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1] ?? 0), text: answer }));
  });
}
