import { AppError, messageOf } from "../../cells/errors.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";

/** The alerts of `cellar.json`: whom they tell, how far each was told, and a message to try them out. */
export function alertHandlers({ config, eventsOut }: OpenWorkspace): Pick<Handlers, "alerts" | "testAlert"> {
  return {
    async alerts() {
      const states = new Map((await eventsOut.state()).map((state) => [state.name, state]));
      return {
        alerts: [...config().alerts.values()].map(({ name, on, select, repeat, recovery }) => ({
          ...{ name, on: [...on], select, repeat, recovery },
          receivers: eventsOut.targets(name).map(({ type, says, outbox }) => {
            const state = states.get(outbox);
            return {
              type,
              says,
              behind: state?.behind ?? null,
              problem: state?.problem ?? null,
              givenUp: state?.givenUp ?? null,
            };
          }),
        })),
      };
    },
    async testAlert({ name }) {
      const alert = config().alerts.get(name);
      if (alert === undefined) {
        const names = [...config().alerts.keys()];
        const there = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
        throw new AppError(
          "usage",
          `no alert is named ${JSON.stringify(name)}: ${there}; add it to "alerts" in cellar.json`,
        );
      }
      const message = eventsOut.testMessage(name);
      const sent = await Promise.all(
        eventsOut.targets(name).map(async ({ type, says, tell }) => ({
          ...{ type, says },
          problem: await tell(message).then(() => null, messageOf),
        })),
      );
      return { sent };
    },
  };
}
