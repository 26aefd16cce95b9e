import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";
import { messageOf } from "../../cells/errors.ts";
import { icon } from "../shell/icons.ts";
import { ShellElement } from "../shell/shell-element.ts";
import { readGestures } from "./gestures.ts";
import { graphKey, type GraphKey } from "./graph-keys.ts";
import { at } from "./layout.ts";
import { LayoutClient } from "./layout-client.ts";
import { type LineageGraph, reachOf, sameShape, toGraph } from "./lineage-graph.ts";
import { nodeCard, sayNode } from "./node-card.ts";
import { Overview } from "./overview.ts";
import { paint } from "./paint.ts";
import { type Palette, readPalette } from "./palette.ts";
import { type Scene, toneOfNode } from "./scene.ts";
import { SpatialIndex } from "./spatial-index.ts";
import { fit, pan, type Point, reveal, toGraphPoint, type Viewport, zoom } from "./viewport.ts";

/** How long a view stands still before others hear of it. */
const settleMs = 120;
/** How often something that runs is drawn anew. */
const turnMs = 80;

/**
 * A lineage as a picture to walk in: drawn on a canvas, laid out in a worker.
 *
 * @fires lineage-look - detail: {focus: id or null, view: Viewport or null}: the reader looks elsewhere
 * @fires lineage-open - detail: LineageNode: the reader wants to see it
 */
export class CellarLineage extends ShellElement {
  static override properties: PropertyDeclarations = {
    lineage: { attribute: false },
    focusId: { attribute: false },
    view: { attribute: false },
    links: { attribute: false },
    hover: { state: true },
    problem: { state: true },
    scene: { state: true },
  };

  declare lineage: Lineage;
  /** id of the node that is looked at, or null */
  declare focusId: string | null;
  /** null shows all */
  declare view: Viewport | null;
  /** whether cells and assets may be opened from here */
  declare links: boolean;
  declare hover: number | null;
  declare problem: string | null;
  declare scene: Scene | null;
  readonly #layouts = new LayoutClient();
  readonly #overview = new Overview();
  readonly #canvas = document.createElement("canvas");
  readonly #resized = new ResizeObserver(() => this.#resize());
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #repaint = (): void => this.#recolour();
  #palette: Palette | null = null;
  #size = { width: 0, height: 0 };
  #frame = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #turning: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;
  #laying: AbortController | null = null;
  #reached: { readonly graph: LineageGraph; readonly node: number; readonly marks: Uint8Array } | null = null;
  #stopGestures: () => void = () => undefined;

  constructor() {
    super();
    this.focusId = this.view = this.hover = this.problem = this.scene = null;
    this.links = true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener("change", this.#repaint);
    addEventListener("cellar-theme", this.#repaint);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#scheme.removeEventListener("change", this.#repaint);
    removeEventListener("cellar-theme", this.#repaint);
    this.#resized.disconnect();
    this.#stopGestures();
    clearTimeout(this.#settling);
    clearTimeout(this.#turning);
    this.#laying?.abort();
    this.#layouts.close();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("lineage")) void this.#lay();
  }

  protected override firstUpdated(): void {
    const box = this.querySelector<HTMLElement>(".lineage-view");
    if (box === null) return;
    box.prepend(this.#canvas);
    this.#resized.observe(box);
    this.#stopGestures = readGestures(box, {
      pan: (dx, dy) => this.#look(pan(this.#viewport, dx, dy)),
      zoom: (factor, point) => this.#look(zoom(this.#viewport, factor, point, this.#size)),
      hover: (point) => this.#hoverAt(point),
      press: (point, { touch, shift }) => this.#press(this.#nodeAt(point), touch || shift),
    });
  }

  protected override updated(): void {
    this.#schedule();
  }

  protected override render() {
    const shown = this.scene?.graph.nodes[this.hover ?? this.#focus ?? -1];
    return html`<div
        class="lineage-view"
        role="application"
        aria-busy=${this.scene === null}
        tabindex="0"
        aria-roledescription="lineage"
        aria-label=${`Lineage of ${this.lineage.nodes.length} nodes. Arrows go along the edges, Enter opens, plus and minus zoom, 0 shows all.`}
        @keydown=${this.#keydown}
      ></div>
      ${this.scene === null && this.problem === null ? html`<p class="lineage-wait" role="status">Laying out ${this.lineage.nodes.length} nodes…</p>` : nothing}
      ${this.problem === null ? nothing : html`<p class="lineage-wait problem" role="alert">${this.problem}</p>`}
      <div class="lineage-tools" role="toolbar" aria-label="Zoom">
        <button
          class="icon-button"
          title="Zoom in (+)"
          aria-label="Zoom in"
          @click=${() => this.#act({ type: "zoom", factor: 1.4 })}
        >
          ${icon("plus")}
        </button>
        <button
          class="icon-button"
          title="Zoom out (-)"
          aria-label="Zoom out"
          @click=${() => this.#act({ type: "zoom", factor: 1 / 1.4 })}
        >
          ${icon("minus")}
        </button>
        <button
          class="icon-button"
          title="Show all (0)"
          aria-label="Show all"
          @click=${() => this.#act({ type: "fit" })}
        >
          ${icon("fit")}
        </button>
      </div>
      ${shown === undefined || this.scene === null ? nothing : nodeCard(shown, this.scene.now, this.links && this.hover === null)}
      <div class="only-spoken" aria-live="polite">
        ${this.#focus === null || this.scene === null ? "" : sayNode(this.scene.graph.nodes[this.#focus], this.scene.now)}
      </div>`;
  }

  get #focus(): number | null {
    return this.focusId === null ? null : (this.scene?.graph.indexOf.get(this.focusId) ?? null);
  }

  get #viewport(): Viewport {
    return this.view ?? fit(this.scene?.layout ?? { width: 1, height: 1 }, this.#size);
  }

  /** Lays out anew where the shape changed; where only states did, they are drawn in place. */
  async #lay(): Promise<void> {
    this.#laying?.abort();
    const laying = (this.#laying = new AbortController());
    const graph = toGraph(this.lineage);
    this.#isBusy = graph.nodes.some((node) => toneOfNode(node) === "busy");
    const now = Date.now();
    const before = this.scene;
    this.hover = null;
    if (before !== null && sameShape(before.graph, graph)) {
      this.scene = { ...before, graph, now };
      return;
    }
    try {
      await this.updateComplete;
      const { clientWidth, clientHeight } = this;
      const aspect = clientHeight === 0 ? 1.6 : Math.min(3, Math.max(0.4, clientWidth / clientHeight));
      const layout = await this.#layouts.layout(
        { nodes: graph.nodes.length, edges: graph.edges.slice(), aspect },
        laying.signal,
      );
      this.scene = { graph, layout, index: new SpatialIndex(layout, graph.edges), marks: null, focus: null, now };
      this.problem = null;
    } catch (error) {
      if (!laying.signal.aborted) this.problem = messageOf(error);
    }
  }

  #nodeAt(point: Point): number | null {
    return this.scene?.index.nodeAt(toGraphPoint(this.#viewport, point, this.#size)) ?? null;
  }

  #hoverAt(point: Point | null): void {
    const node = point === null ? null : this.#nodeAt(point);
    if (node === this.hover) return;
    this.hover = node;
    this.#canvas.style.cursor = node === null ? "" : "pointer";
  }

  #press(node: number | null, looks: boolean): void {
    const id = node === null ? null : (this.scene?.graph.nodes[node]?.id ?? null);
    if (id === null) return this.tell("lineage-look", { focus: null, view: this.view });
    if (looks && id !== this.focusId) return this.tell("lineage-look", { focus: id, view: this.view });
    this.#open(node);
  }

  #open(node: number | null): void {
    const known: LineageNode | undefined = this.scene?.graph.nodes[node ?? -1];
    if (known !== undefined) this.tell("lineage-open", known);
  }

  #keydown(event: KeyboardEvent): void {
    if (this.scene === null) return;
    const action = graphKey(event, this.scene.graph, this.scene.layout, this.#focus);
    if (action === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#act(action);
  }

  #act(action: GraphKey): void {
    const { scene } = this;
    if (scene === null) return;
    const middle = { x: this.#size.width / 2, y: this.#size.height / 2 };
    switch (action.type) {
      case "zoom":
        return this.#look(zoom(this.#viewport, action.factor, middle, this.#size));
      case "pan":
        return this.#look(pan(this.#viewport, action.dx, action.dy));
      case "fit":
        return this.#look(null);
      case "open":
        return this.#open(this.#focus);
      case "focus": {
        const id = action.node === null ? null : (scene.graph.nodes[action.node]?.id ?? null);
        const view =
          action.node === null
            ? this.view
            : reveal(
                this.#viewport,
                { x: at(scene.layout.x, action.node), y: at(scene.layout.y, action.node) },
                this.#size,
              );
        this.hover = null;
        this.tell("lineage-look", { focus: id, view });
      }
    }
  }

  #look(view: Viewport | null): void {
    this.view = view;
    // whoever listens draws a page: not with every frame of a gesture
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.tell("lineage-look", { focus: this.focusId, view: this.view }), settleMs);
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas.parentElement ?? this.#canvas;
    if (clientWidth === this.#size.width && clientHeight === this.#size.height) return;
    this.#size = { width: clientWidth, height: clientHeight };
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.#schedule();
  }

  #recolour(): void {
    this.#palette = null;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d", { alpha: true });
    const { scene } = this;
    if (context === null || this.#size.width === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (scene === null) return;
    this.#palette ??= readPalette(this);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const looked = { ...scene, focus: this.#focus, marks: this.#marks(scene) };
    const view = this.#viewport;
    if (this.#overview.serves(looked, view))
      this.#overview.draw(context, looked, view, this.#size, this.#palette, devicePixelRatio);
    else {
      paint(context, looked, view, this.#size, this.#palette);
      if (this.#isBusy) this.#turn();
    }
  }

  /** Draws again soon, so that what runs is seen to run. */
  #turn(): void {
    if (this.#still.matches) return;
    clearTimeout(this.#turning);
    this.#turning = setTimeout(() => this.#schedule(), turnMs);
  }

  #marks({ graph }: Scene): Uint8Array | null {
    const node = this.hover ?? this.#focus;
    if (node === null) return null;
    if (this.#reached?.graph !== graph || this.#reached.node !== node)
      this.#reached = { graph, node, marks: reachOf(graph, node) };
    return this.#reached.marks;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-lineage": CellarLineage;
  }
}
