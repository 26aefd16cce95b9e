import type { Palette } from "./palette.ts";
import { paint, paintLit } from "./paint.ts";
import type { Scene } from "./scene.ts";
import type { Size, Viewport } from "./viewport.ts";

/** Below this scale a large graph is drawn from one picture of all of it, so that panning costs one copy. */
const overviewScale = 0.28;
/** Graphs up to here are drawn anew each time: it takes no longer. */
const smallNodes = 1500;
const longestSide = 8192;
const mostPixels = 24_000_000;

/** One picture of a whole graph, made when it is first looked at from afar. */
export class Overview {
  #made: {
    readonly graph: Scene["graph"];
    readonly layout: Scene["layout"];
    readonly palette: Palette;
    readonly canvas: OffscreenCanvas;
    readonly scale: number;
  } | null = null;

  /** Whether this view of a scene is drawn from the picture. */
  serves({ graph }: Scene, view: Viewport): boolean {
    return graph.nodes.length > smallNodes && view.scale <= overviewScale;
  }

  draw(
    context: CanvasRenderingContext2D,
    scene: Scene,
    view: Viewport,
    screen: Size,
    palette: Palette,
    pixelRatio: number,
  ): void {
    const { canvas, scale } = this.#picture(scene, palette, pixelRatio);
    context.save();
    context.imageSmoothingQuality = "high";
    context.globalAlpha = scene.marks === null ? 1 : 0.3;
    context.drawImage(
      canvas,
      screen.width / 2 - view.x * view.scale,
      screen.height / 2 - view.y * view.scale,
      (canvas.width / scale) * view.scale,
      (canvas.height / scale) * view.scale,
    );
    context.restore();
    if (scene.marks !== null) paintLit(context, { ...scene, marks: scene.marks }, view, screen, palette);
  }

  #picture(
    scene: Scene,
    palette: Palette,
    pixelRatio: number,
  ): { readonly canvas: OffscreenCanvas; readonly scale: number } {
    const { graph, layout } = scene;
    const known = this.#made;
    if (known?.graph === graph && known.layout === layout && known.palette === palette) return known;
    const { width, height } = layout;
    const scale = Math.min(
      overviewScale * pixelRatio,
      longestSide / width,
      longestSide / height,
      Math.sqrt(mostPixels / (width * height)),
    );
    const size = { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
    const canvas = new OffscreenCanvas(size.width, size.height);
    const context = canvas.getContext("2d");
    // an offscreen context has every method that painting uses
    if (context !== null)
      paint(
        context as unknown as CanvasRenderingContext2D,
        { ...scene, marks: null, focus: null },
        { x: width / 2, y: height / 2, scale },
        size,
        palette,
      );
    this.#made = { graph, layout, palette, canvas, scale };
    return this.#made;
  }
}
