import type { Route } from "../../cells/api/route.ts";
import { routes } from "../../cells/api/routes.ts";

/** The API as an OpenAPI 3.1 document, made from the routes that are served. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:([a-z]+)/gi, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(name, route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Cellar", version, description: "A notebook in which every cell is a data asset." },
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        Problem: {
          type: "object",
          required: ["code", "message", "data"],
          properties: { code: { type: "string" }, message: { type: "string" }, data: { type: "object" } },
        },
      },
    },
  };
}

function operationOf(name: string, route: Route): object {
  const members = (route.input as { properties?: Record<string, object> }).properties ?? {};
  const required = (route.input as { required?: readonly string[] }).required ?? [];
  const inPath = [...route.path.matchAll(/:([a-z]+)/gi)].map((match) => match[1] ?? "");
  const rest = Object.entries(members).filter(([member]) => !inPath.includes(member));
  const parameters = [
    ...inPath.map((member) => ({
      name: member,
      in: "path",
      required: true,
      schema: members[member] ?? { type: "string" },
    })),
    ...(route.body === "json"
      ? []
      : rest.map(([member, schema]) => ({ name: member, in: "query", required: required.includes(member), schema }))),
  ];
  const body =
    route.body === "text"
      ? { "application/json": { schema: {} } }
      : route.body === "json"
        ? {
            "application/json": {
              schema: {
                type: "object",
                properties: Object.fromEntries(rest),
                required: required.filter((member) => !inPath.includes(member)),
              },
            },
          }
        : route.body === "upload"
          ? { "application/octet-stream": { schema: { type: "string", format: "binary" } } }
          : null;
  const content =
    route.answer === "json"
      ? { "application/json": { schema: route.output } }
      : route.answer === "events"
        ? { "text/event-stream": { schema: route.output } }
        : { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  return {
    operationId: name,
    summary: route.summary,
    ...(route.auth === "none" ? { security: [] } : { security: [{ token: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: { required: true, content: body } }),
    responses: {
      "200": { description: "done", content },
      default: {
        description: "refused or failed",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}
