import { startEngine, openNotebook } from "../server/engine/engine-process.ts";

/** Starts an engine and a kernel that loops, tells its process's id, and waits to be killed. */
const engine = await startEngine();
const take = await openNotebook(engine, [{ source: "console.log('looping'); while (true);\nconst x = 1" }]);
engine.engine.onEvent((event) => {
  if (event.type === "log") process.stdout.write("looping\n");
});
take({ name: "x" }).catch(() => undefined);
