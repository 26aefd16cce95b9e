import type { SeriesReport } from "../../cells/api/schema.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import type { FactDetails } from "../store/store.ts";
import { known } from "./assets.ts";
import { hasPartition } from "./has-partition.ts";

const mostPoints = 10_000;

/** Figures of an asset over time. What a check refused is none of them. */
export function seriesHandlers(workspace: OpenWorkspace): Pick<Handlers, "series"> {
  const { store } = workspace;
  return {
    async series({ key, name, partition, limit }) {
      const asset = AssetKey.parse(key);
      const facts = await store.materializations({
        asset,
        limit: Math.min(Number(limit ?? 1000), mostPoints),
        ...(partition === undefined ? {} : { partition }),
      });
      if (facts.length === 0) await known(workspace, asset);
      if (facts.length === 0 && partition !== undefined) await hasPartition(workspace, asset, partition);
      const details = await store.factDetails(facts.map(({ seq }) => seq));
      const published = facts.filter(({ seq }) => details.get(seq)?.refused !== true).toReversed();
      const series = new Map<string, SeriesReport["points"]>();
      for (const fact of published)
        for (const [figure, value] of figuresOf(fact, details.get(fact.seq))) {
          const point = { at: fact.createdAt, value, partition: fact.partition || null, run: fact.run };
          const points = series.get(figure);
          if (points) points.push(point);
          else series.set(figure, [point]);
        }
      if (name !== undefined && !series.has(name))
        throw new AppError(
          "not_found",
          `${asset} has no figure ${JSON.stringify(name)}; ${series.size === 0 ? `${partition === undefined ? "it" : `partition ${partition}`} was never materialized` : `it has ${[...series.keys()].join(", ")}`}`,
          { data: { asset } },
        );
      const names = Array.from(series, ([figure, points]) => ({
        name: figure,
        last: points.at(-1)?.value ?? 0,
        points: points.length,
      }));
      return { names, points: name === undefined ? [] : (series.get(name) ?? []) };
    },
  };
}

/** Every figure of one fact: those that all have, nulls of its columns, and numbers that its cell told. */
function figuresOf(
  { rows, bytes, ms }: Materialization,
  details: FactDetails | undefined,
): readonly (readonly [string, number])[] {
  return [
    ...(rows === null ? [] : [["rows", rows] as const]),
    ["bytes", bytes],
    ["ms", ms],
    ...(details?.statistics ?? []).map(({ name, nulls }) => [`nulls(${name})`, nulls] as const),
    ...Object.entries(details?.metadata ?? {}).flatMap(([name, value]) =>
      value.type === "number" ? [[name, value.value] as const] : [],
    ),
  ];
}
