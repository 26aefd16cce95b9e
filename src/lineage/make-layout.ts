import { dagreLayout } from "./dagre-layout.ts";
import { layeredLayout } from "./layered-layout.ts";
import { type Layout, type LayoutRequest, pack, partsOf } from "./layout.ts";

/** Graphs of more nodes than this are laid out in linear time, so that the first picture is there within a second. */
const carefulNodes = 300;

/** Lays out a graph, part by part. */
export function makeLayout(request: Omit<LayoutRequest, "id">): Layout {
  const layoutPart = request.nodes <= carefulNodes ? dagreLayout : layeredLayout;
  return pack(
    request,
    partsOf(request).map((part) => [part, layoutPart(part)]),
  );
}
