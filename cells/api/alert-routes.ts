import { get, path, send } from "./route.ts";
import { Nullable, Text, Type } from "./schema.ts";

// the page has routes without their shapes: nothing is read off a shape while a module loads
const receiverType = Type.Union([Type.Literal("webhook"), Type.Literal("mail")]);
const AlertReceiver = Type.Object({
  type: receiverType,
  /** an address, or the name of the secret that it is */
  says: Type.String(),
  /** events of the log that were not looked at yet; null where no server is running */
  behind: Nullable(Type.Integer()),
  /** why the last try failed */
  problem: Nullable(Type.String()),
  /** messages that it refused for good since it took one, so that they are not tried again; `at` and `reason` are of the last */
  givenUp: Nullable(Type.Object({ count: Type.Integer(), at: Type.Number(), reason: Type.String() })),
});

/** Rules that tell others of runs, checks and freshness: what they are about, and how their receivers stand. */
export const alertRoutes = {
  alerts: get(
    "/api/alerts",
    "the alerts of cellar.json, and how far each of their receivers has been told",
    Type.Object({}),
    Type.Object({
      alerts: Type.Array(
        Type.Object({
          name: Type.String(),
          on: Type.Array(Type.String()),
          select: Nullable(Type.String()),
          repeat: Type.Union([Type.Literal("once"), Type.Literal("always")]),
          recovery: Type.Boolean(),
          receivers: Type.Array(AlertReceiver),
        }),
      ),
    }),
  ),
  testAlert: send(
    "POST",
    "/api/alerts/:name/test",
    "tells the receivers of an alert that this is a test",
    Type.Object({ name: path }),
    Type.Object({
      sent: Type.Array(
        Type.Object({
          type: receiverType,
          says: Text,
          /** null: it was taken */
          problem: Nullable(Type.String()),
        }),
      ),
    }),
    4096,
  ),
} as const;
