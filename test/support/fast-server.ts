import { systemClock } from "../../server/clock.ts";
import { serve } from "../../server/serve.ts";

/** A server over the workspace argv[2], whose clock runs argv[3] times as fast since argv[4]. Prints address and token as JSON. */
const [workspace = "", speedText = "1", sinceText = "0"] = process.argv.slice(2);
const speed = Number(speedText);
const since = Number(sinceText);
const { origin, token } = await serve({
  workspace,
  host: "127.0.0.1",
  port: 0,
  trustAll: false,
  pages: "/nonexistent",
  // who starts this kills it again and again
  mostDeaths: 100,
  clock: {
    now: () => Math.round(since + (Date.now() - since) * speed),
    wake: (at, callback) => systemClock.wake(since + (at - since) / speed, callback),
  },
});
process.stdout.write(`${JSON.stringify({ origin, token })}\n`);
