import { AppError } from "../../cells/errors.ts";
import type { FrameCalls } from "../../cells/protocol/document.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** What a cell shows as a picture: its first SVG as it is drawn, or as pixels at twice the size. */
export async function picture(
  request: unknown,
  elementOf: (cell: number) => HTMLElement,
): ReturnType<FrameCalls["picture"]> {
  if (!isRecord(request) || typeof request["cell"] !== "number")
    throw new AppError("protocol", "a picture of which cell?");
  const output = elementOf(request["cell"]);
  const canvas = output.querySelector("canvas");
  const svgs = [...output.querySelectorAll("svg")];
  const svg = svgs.reduce<SVGSVGElement | null>(
    (best, one) => (best === null || area(one) > area(best) ? one : best),
    null,
  );
  if (svg === null) {
    if (canvas === null || request["format"] === "svg")
      throw new AppError("value_not_storable", `cell ${request["cell"]} shows no picture; export its data instead`);
    return { mimeType: "image/png", bytes: await pixels(canvas) };
  }
  const text = serialize(svg);
  if (request["format"] === "svg") return { mimeType: "image/svg+xml", bytes: new TextEncoder().encode(text) };
  return { mimeType: "image/png", bytes: await pixels(await draw(text, svg)) };
}

function area(svg: SVGSVGElement): number {
  const { width, height } = svg.getBoundingClientRect();
  return width * height;
}

/** The drawing by itself: what the page's styles give is written into it. */
function serialize(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new AppError("internal", "a copied drawing is no drawing");
  const { color, fontFamily, fontSize, backgroundColor } = getComputedStyle(svg);
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  Object.assign(copy.style, { color, fontFamily, fontSize, backgroundColor });
  return new XMLSerializer().serializeToString(copy);
}

async function draw(text: string, svg: SVGSVGElement): Promise<HTMLCanvasElement> {
  const scale = 2;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const { width, height } = svg.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = canvas.getContext("2d");
  if (context === null) throw new AppError("internal", "this browser draws no pictures");
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function pixels(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null)
    throw new AppError("value_not_storable", "the picture cannot be read; it may hold images of other sites");
  return new Uint8Array(await blob.arrayBuffer());
}
