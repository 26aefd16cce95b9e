import { AppError } from "../../cells/errors.ts";
import { boundValues } from "../../cells/protocol/bound-values.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { bytesOf, contentTypes } from "./assets.ts";
import { isGranted, secretsOf } from "../resources/resource-config.ts";

/**
 * The resources of `cellar.json`: names, kinds, who uses them, on request whether they answer, and what the page of a notebook that
 * one is granted to asks of it. Never a value of a secret.
 */
export function resourceHandlers({
  resources,
  config,
  catalog,
  scratch,
  reader,
}: OpenWorkspace): Pick<Handlers, "resources" | "queryResource" | "fetchResource"> {
  return {
    async queryResource({ name, notebook, cell, strings, offsets, params }, { signal }) {
      const values = boundValues(params);
      if (values.length + 1 !== strings.length || offsets.length !== strings.length)
        throw new AppError(
          "usage",
          `a text in ${strings.length} pieces has ${strings.length} offsets and ${strings.length - 1} params; got ${offsets.length} and ${values.length}`,
        );
      const query = { notebook, resource: name, cell, strings, offsets, params: values };
      const { arrow } = await reader.ask((calls) => calls.resource(query, signal));
      return bytesOf(arrow, contentTypes["arrow-stream"][0]);
    },
    async fetchResource({ name, notebook, ...request }, { signal }) {
      const reply = await reader.ask((_, session) =>
        session.ask(notebook, name, { type: "fetch", ...request }, signal),
      );
      if (reply.type !== "response") throw new AppError("internal", `resource ${name} answered no request`);
      const { status, headers, bytes } = reply;
      return { status, headers: { ...headers }, body: Buffer.from(bytes).toString("base64") };
    },
    async resources({ check }) {
      const all = [...config().resources.values()];
      const uses = catalog
        .entries()
        .flatMap((entry) =>
          entry.type === "notebook"
            ? entry.graph.cells.flatMap(({ cell, compiled }) =>
                compiled.databases.map((resource) => ({ resource, notebook: entry.path, cell: cell.id })),
              )
            : [],
        );
      const isAsked = check === true || check === "true";
      const { temporary } = isAsked ? await scratch("check-resources") : { temporary: "" };
      const answers = await Promise.all(
        all.map(async ({ name }) => (isAsked ? resources.check(name, temporary) : null)),
      );
      return {
        resources: all.map((resource, i) => ({
          name: resource.name,
          kind: resource.is.kind,
          notebooks: resource.notebooks === null ? null : [...resource.notebooks],
          secrets: [...secretsOf(resource.is)],
          usedBy: uses
            .filter((use) => use.resource === resource.name)
            .map(({ notebook, cell }) => ({ notebook, cell, granted: isGranted(resource, notebook) })),
          reachable: answers[i]?.ok ?? null,
          says: answers[i]?.what ?? null,
        })),
        missing: uses
          .filter(({ resource }) => !all.some(({ name }) => name === resource))
          .map(({ resource, notebook, cell }) => ({ name: resource, notebook, cell })),
      };
    },
  };
}
