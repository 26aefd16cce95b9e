type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** Families of figures in Prometheus's text format 0.0.4. */
export function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family("gauge", name, help, samples);
}

/** `name` ends in `_total`. */
export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family("counter", name, help, samples);
}

/** How often values were at most each of `bounds`; unlike a list of values it does not grow. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** `bounds` rise. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, Infinity].map(() => 0);
  }

  add(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const place = at === -1 ? this.#bounds.length : at;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sum += value;
  }

  text(name: string, help: string): string {
    let count = 0;
    const lines = [...this.#bounds, Infinity].map((bound, i) => {
      count += this.#counts[i] ?? 0;
      return line(`${name}_bucket`, { le: numberOf(bound) }, count);
    });
    return `${head("histogram", name, help)}${lines.join("")}${line(`${name}_sum`, {}, this.#sum)}${line(`${name}_count`, {}, count)}`;
  }
}

function family(type: string, name: string, help: string, samples: readonly Sample[]): string {
  return `${head(type, name, help)}${samples.map(([labels, value]) => line(name, labels, value)).join("")}`;
}

function head(type: string, name: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberOf(value)}\n`;
}

function escape(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

function numberOf(value: number): string {
  return value === Infinity ? "+Inf" : String(value);
}
