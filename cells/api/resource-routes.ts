import { flag, get, mebi, path, send } from "./route.ts";
import { Json, ResourceReport, Text, Type } from "./schema.ts";

/** Resources of `cellar.json`: what there is, and what a notebook's page asks of them. */
export const resourceRoutes = {
  resources: get(
    "/api/resources",
    "resources of cellar.json: kinds, who uses them, whether they answer; never a value of a secret",
    Type.Object({ check: flag }),
    ResourceReport,
  ),
  queryResource: {
    ...send(
      "POST",
      "/api/resources/:name/query",
      "the rows that a resource gives to a cell of a notebook that it is granted to; an Arrow stream",
      Type.Object({
        name: Text,
        notebook: path,
        cell: Type.Integer(),
        /** the texts around the values */
        strings: Type.Array(Type.String({ maxLength: mebi }), { minItems: 1 }),
        /** where each of `strings` begins in the cell's source, for errors */
        offsets: Type.Array(Type.Integer({ minimum: 0 })),
        /** a JSON list of the values; what JSON lacks is `{"date": …}`, `{"bigint": …}`, `{"bytes": hex}` */
        params: Type.String({ maxLength: mebi }),
      }),
      Json,
      2 * mebi,
    ),
    answer: "bytes",
  } as const,
  fetchResource: send(
    "POST",
    "/api/resources/:name/fetch",
    "what a resource that speaks HTTP answers to a cell of a notebook that it is granted to; the body as Base64",
    Type.Object({
      name: Text,
      notebook: path,
      path: Type.String({ maxLength: 65536 }),
      method: Type.String({ maxLength: 16 }),
      headers: Type.Record(Type.String(), Type.String()),
      body: Type.Union([Type.String(), Type.Null()]),
    }),
    Type.Object({ status: Type.Number(), headers: Type.Record(Type.String(), Type.String()), body: Type.String() }),
    16 * mebi,
  ),
};
