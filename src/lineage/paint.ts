import type { LineageNode } from "../../cells/lineage/lineage.ts";
import { shapes, type Tone } from "../shell/status.ts";
import { partWithin, tracePart } from "./edge-curve.ts";
import { isLit } from "./lineage-graph.ts";
import { at, type Layout, nodeSize } from "./layout.ts";
import type { Palette } from "./palette.ts";
import { detailOf, kindLabel, type Scene, toneOfNode } from "./scene.ts";
import { curveOf } from "./spatial-index.ts";
import { type Bounds, boundsOf, type Size, type Viewport } from "./viewport.ts";

/** From this scale on a node is written out; from the second on its name alone, larger; below it is a patch of colour. */
const fullScale = 0.55;
const nameScale = 0.3;
const faded = 0.28;
const { width, height } = nodeSize;
const left = 42;
const right = width - 10;

/** Draws what is in sight. Colour is never the only sign: a state has a shape, and from `fullScale` on its word. */
export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: Viewport,
  screen: Size,
  palette: Palette,
): void {
  const bounds = boundsOf(view, screen);
  context.save();
  context.translate(screen.width / 2, screen.height / 2);
  context.scale(view.scale, view.scale);
  context.translate(-view.x, -view.y);
  paintEdges(context, scene, bounds, view.scale, palette);
  const nodes = scene.index.nodesIn(bounds);
  if (view.scale < nameScale) paintPatches(context, scene, nodes, view.scale, palette);
  else for (const node of nodes) paintNode(context, scene, node, view.scale, palette);
  context.restore();
}

interface LitPart {
  readonly edges: Path2D;
  readonly nodes: ReadonlyMap<Tone, Path2D>;
}

const litParts = new WeakMap<Uint8Array, LitPart>();

/** Draws only what hangs together with the node that is looked at, as patches: what the overview cannot show. */
export function paintLit(
  context: CanvasRenderingContext2D,
  scene: Scene & { readonly marks: Uint8Array },
  view: Viewport,
  screen: Size,
  palette: Palette,
): void {
  const { marks, layout, focus } = scene;
  const lit = litParts.get(marks) ?? traceLit(scene);
  litParts.set(marks, lit);
  context.save();
  context.translate(screen.width / 2, screen.height / 2);
  context.scale(view.scale, view.scale);
  context.translate(-view.x, -view.y);
  context.lineWidth = 1 / view.scale;
  context.strokeStyle = palette.accent;
  context.stroke(lit.edges);
  for (const [tone, path] of lit.nodes) {
    context.fillStyle = palette.tones[tone];
    context.fill(path);
  }
  if (focus !== null) outline(context, layout, focus, 3 / view.scale, palette.accent);
  context.restore();
}

function traceLit({ graph, layout, marks }: Scene & { readonly marks: Uint8Array }): LitPart {
  const edges = new Path2D();
  for (let edge = 0; edge < graph.edges.length / 2; edge++) {
    const from = at(graph.edges, 2 * edge);
    const to = at(graph.edges, 2 * edge + 1);
    if (isLit(marks, from, to)) traceEdge(edges, layout, edge, from, to, 0);
  }
  const nodes = new Map<Tone, Path2D>();
  for (const [node, known] of graph.nodes.entries()) {
    if (at(marks, node) === 0) continue;
    const tone = toneOfNode(known);
    const path = nodes.get(tone) ?? new Path2D();
    nodes.set(tone, path);
    path.rect(at(layout.x, node) - width / 2, at(layout.y, node) - height / 2, width, height);
  }
  return { edges, nodes };
}

function paintEdges(
  context: CanvasRenderingContext2D,
  { graph, layout, index, marks }: Scene,
  bounds: Bounds,
  scale: number,
  palette: Palette,
): void {
  const dim = new Path2D();
  const lit = new Path2D();
  for (const edge of index.edgesIn(bounds)) {
    const from = at(graph.edges, 2 * edge);
    const to = at(graph.edges, 2 * edge + 1);
    const path = marks !== null && isLit(marks, from, to) ? lit : dim;
    const curve = scale < nameScale ? null : curveOf(layout, graph.edges, edge);
    const part = curve && partWithin(curve, bounds);
    if (curve && part) tracePart(path, curve, part);
    else traceEdge(path, layout, edge, from, to, scale);
  }
  // a line of one pixel is drawn several times faster than a wider one where there is no graphics card
  context.lineWidth = 1 / scale;
  context.globalAlpha = marks === null ? 1 : faded;
  context.strokeStyle = palette.lineStrong;
  context.stroke(dim);
  context.globalAlpha = 1;
  if (marks === null) return;
  context.lineWidth = Math.max(2, 1.4 / scale);
  context.strokeStyle = palette.accent;
  context.stroke(lit);
}

/** From the right side of one node to the left side of another, past the bends that the layout gave. */
function traceEdge(
  path: Path2D,
  { x, y, bends, bendStart }: Layout,
  edge: number,
  from: number,
  to: number,
  scale: number,
): void {
  let lastX = at(x, from) + width / 2;
  let lastY = at(y, from);
  const endX = at(x, to) - width / 2;
  const endY = at(y, to);
  path.moveTo(lastX, lastY);
  if (scale < nameScale) return path.lineTo(endX, endY);
  const step = (nextX: number, nextY: number): void => {
    const half = Math.max(16, Math.abs(nextX - lastX) / 2) * (nextX >= lastX ? 1 : 2);
    path.bezierCurveTo(lastX + half, lastY, nextX - half, nextY, nextX, nextY);
    lastX = nextX;
    lastY = nextY;
  };
  for (let bend = at(bendStart, edge); bend < at(bendStart, edge + 1); bend++) {
    const bendX = at(bends, 2 * bend);
    if (bendX > lastX + 8 && bendX < endX - 8) step(bendX, at(bends, 2 * bend + 1));
  }
  step(endX, endY);
}

function paintPatches(
  context: CanvasRenderingContext2D,
  { graph, layout, marks, focus }: Scene,
  nodes: Iterable<number>,
  scale: number,
  palette: Palette,
): void {
  const byTone = new Map<string, Path2D>();
  for (const node of nodes) {
    const known = graph.nodes[node];
    if (known === undefined) continue;
    const isDim = marks !== null && at(marks, node) === 0;
    const key = `${known.type === "file" ? "quiet" : toneOfNode(known)}${isDim ? "-" : ""}`;
    const path = byTone.get(key) ?? new Path2D();
    byTone.set(key, path);
    path.rect(at(layout.x, node) - width / 2, at(layout.y, node) - height / 2, width, height);
  }
  for (const [key, path] of byTone) {
    context.globalAlpha = key.endsWith("-") ? faded : 0.75;
    context.fillStyle = palette.tones[key.replace("-", "") as Tone];
    context.fill(path);
  }
  context.globalAlpha = 1;
  if (focus !== null) outline(context, layout, focus, 3 / scale, palette.accent);
}

function paintNode(
  context: CanvasRenderingContext2D,
  { graph, layout, marks, focus, now }: Scene,
  index: number,
  scale: number,
  palette: Palette,
): void {
  const node = graph.nodes[index];
  if (node === undefined) return;
  const x = at(layout.x, index) - width / 2;
  const y = at(layout.y, index) - height / 2;
  context.globalAlpha = marks !== null && at(marks, index) === 0 ? faded : 1;
  context.beginPath();
  // rounded corners cost more than all the rest, and are not seen from afar
  if (scale < fullScale) context.rect(x, y, width, height);
  else context.roundRect(x, y, width, height, node.type === "file" ? 25 : 7);
  context.fillStyle = node.type === "file" ? palette.paper : palette.raised;
  context.fill();
  const tone = toneOfNode(node);
  const stands = tone === "busy" || tone === "bad";
  context.lineWidth = (stands ? 2 : 1) / scale;
  context.strokeStyle = stands ? palette.tones[tone] : palette.lineStrong;
  context.setLineDash(node.virtual ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (scale >= fullScale) writeNode(context, node, x, y, now, palette);
  else writeName(context, node, x, y, palette);
  context.globalAlpha = 1;
  if (focus === index) outline(context, layout, index, 2.5, palette.accent);
}

function writeNode(
  context: CanvasRenderingContext2D,
  node: LineageNode,
  x: number,
  y: number,
  now: number,
  palette: Palette,
): void {
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.font = `600 9.5px ${palette.mono}`;
  context.fillStyle = palette.soft;
  context.fillText(kindLabel(node), x + 23, y + 17);
  context.textAlign = "left";
  context.font = `600 13px ${palette.sans}`;
  context.fillStyle = palette.ink;
  const name = cut(context, node.name, right - left);
  context.fillText(name, x + left, y + 17);
  const used = context.measureText(name).width;
  context.font = `11px ${palette.sans}`;
  const notebook = node.notebook?.replace(/\.html$/, "") ?? "";
  if (notebook !== "" && right - left - used > 48) {
    context.fillStyle = palette.faint;
    context.textAlign = "right";
    context.fillText(cut(context, notebook, right - left - used - 12), x + right, y + 17);
    context.textAlign = "left";
  }
  context.fillStyle = palette.soft;
  context.fillText(cut(context, detailOf(node, now), right - left), x + left, y + 35);
  if (node.type === "asset") drawShape(context, toneOfNode(node), x + 23, y + 35, 1, palette);
}

function writeName(context: CanvasRenderingContext2D, node: LineageNode, x: number, y: number, palette: Palette): void {
  if (node.type === "asset") drawShape(context, toneOfNode(node), x + 22, y + height / 2, 2, palette);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = `600 22px ${palette.sans}`;
  context.fillStyle = palette.ink;
  context.fillText(cut(context, node.name, width - left - 6), x + left, y + height / 2);
}

/** How long the sign of something that runs takes to turn once, where it is drawn again and again. */
const turnMs = 1000;
const tracedShapes = new Map<Tone, Path2D>();

function drawShape(
  context: CanvasRenderingContext2D,
  tone: Tone,
  x: number,
  y: number,
  size: number,
  palette: Palette,
): void {
  const { path, filled } = shapes[tone];
  const traced = tracedShapes.get(tone) ?? new Path2D(path);
  tracedShapes.set(tone, traced);
  context.save();
  context.translate(x, y);
  context.scale(size, size);
  if (tone === "busy") context.rotate(((performance.now() % turnMs) / turnMs) * 2 * Math.PI);
  context.lineWidth = 2;
  context.lineCap = "round";
  context.fillStyle = context.strokeStyle = palette.tones[tone];
  if (filled) context.fill(traced);
  else context.stroke(traced);
  context.restore();
}

function outline(
  context: CanvasRenderingContext2D,
  { x, y }: Layout,
  node: number,
  lineWidth: number,
  colour: string,
): void {
  context.beginPath();
  context.roundRect(at(x, node) - width / 2 - 3, at(y, node) - height / 2 - 3, width + 6, height + 6, 9);
  context.lineWidth = lineWidth;
  context.strokeStyle = colour;
  context.stroke();
}

const cuts = new Map<string, string>();

/** A text, cut to a width. Measuring costs more than drawing, so answers are kept. */
function cut(context: CanvasRenderingContext2D, text: string, most: number): string {
  const key = `${context.font}|${Math.round(most)}|${text}`;
  const known = cuts.get(key);
  if (known !== undefined) return known;
  let result = text;
  if (context.measureText(text).width > most) {
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (context.measureText(`${text.slice(0, middle)}…`).width <= most) low = middle;
      else high = middle - 1;
    }
    result = `${text.slice(0, low)}…`;
  }
  if (cuts.size > 50_000) cuts.clear();
  cuts.set(key, result);
  return result;
}
