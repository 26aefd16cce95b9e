import { html, svg, type TemplateResult } from "lit";

const width = 140;
const height = 28;

/** The course of a figure, oldest first, with its last value as text beside it. */
export function sparkline(label: string, values: readonly number[], say: (value: number) => string): TemplateResult {
  const last = values.at(-1);
  if (last === undefined) return html``;
  const most = Math.max(...values, 1e-9);
  const step = values.length > 1 ? (width - 6) / (values.length - 1) : 0;
  const points = values.map(
    (value, index) => `${(3 + index * step).toFixed(1)},${(height - 3 - (value / most) * (height - 6)).toFixed(1)}`,
  );
  const [x, y] = (points.at(-1) ?? "0,0").split(",");
  return html`<figure class="sparkline">
    <figcaption>${label}</figcaption>
    <svg
      viewBox=${`0 0 ${width} ${height}`}
      width=${width}
      height=${height}
      role="img"
      aria-label=${`${label}, the last ${values.length}: ${values.map(say).join(", ")}`}
    >
      ${svg`<polyline points=${points.join(" ")} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"></polyline><circle cx=${x ?? 0} cy=${y ?? 0} r="2.500" fill="currentColor"></circle>`}
    </svg>
    <strong>${say(last)}</strong>
  </figure>`;
}
