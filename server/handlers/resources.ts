import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { isGranted, secretsOf } from "../resources/resource-config.ts";

/** The resources of `cellar.json`: names, kinds, who uses them, and on request whether they answer. Never a value of a secret. */
export function resourceHandlers({ resources, config, catalog, scratch }: OpenWorkspace): Pick<Handlers, "resources"> {
  return {
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
