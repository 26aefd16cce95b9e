import type { Module, Runtime, Variable } from "@observablehq/runtime";
import { createRuntime } from "../../../cells/kernel/define.ts";
import { nextFrame } from "../../../cells/kernel/frame.ts";
import { Part } from "../../../cells/kernel/part.ts";
import type { Run } from "../../../cells/kernel/run.ts";
import { decode, evaluate, Gates, type Body } from "../runtime-body.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

type Step = Readonly<Record<string, unknown>> & { readonly op: string };
interface Scenario {
  readonly id: string;
  readonly builtins?: Readonly<Record<string, Body>>;
  readonly globals?: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/**
 * Scenarios of `@observablehq/runtime`, on our runtime (turns on microtasks) with our parts around every definition, as
 * the kernel has them: equal inputs cut off, and a new definition does not wait for an old promise.
 */
export const suite: VectorSuite = {
  name: "observable-runtime",
  async run(document) {
    const { scenarios } = document as { readonly scenarios: readonly Scenario[] };
    const results: VectorResult[] = [];
    for (const scenario of scenarios) results.push(await new Player(scenario).play());
    return results;
  },
};

interface Defined {
  readonly variable: Variable;
  readonly part: Part;
  readonly events: (readonly unknown[])[];
}

class Player {
  readonly #scenario: Scenario;
  readonly #runtime: Runtime;
  readonly #modules = new Map<string, Module>();
  readonly #variables = new Map<string, Defined>();
  readonly #log: unknown[] = [];
  readonly #gates = new Gates();
  readonly #counters = new Map<string, number>();
  /** copies of a derived module would share our parts, which the kernel never does */
  readonly #bare: boolean;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#bare = scenario.steps.some(({ op }) => op === "derive");
    const { builtins = {}, globals = {} } = scenario;
    this.#runtime = createRuntime({
      builtins: Object.fromEntries(Object.entries(builtins).map(([name, body]) => [name, () => this.#evaluate(body)])),
      resolve: (name) => (Object.hasOwn(globals, name) ? { value: globals[name] } : undefined),
      frame: nextFrame,
      onTurn: () => {},
    });
    this.#modules.set("main", this.#runtime.module());
  }

  async play(): Promise<VectorResult> {
    const { id, steps } = this.#scenario;
    for (const [index, step] of steps.entries()) {
      const difference = await this.#step(step);
      if (difference === null) continue;
      this.#runtime.dispose();
      return { id, passed: false, expected: { step: index, ...step }, got: difference.got };
    }
    this.#runtime.dispose();
    return { id, passed: true };
  }

  async #step(step: Step): Promise<{ readonly got: unknown } | null> {
    const text = (key: string): string => String(step[key]);
    switch (step.op) {
      case "module":
        this.#modules.set(text("as"), this.#runtime.module());
        return null;
      case "variable":
      case "define":
        this.#define(step);
        return null;
      case "redefine":
        return this.#redefine(step);
      case "import": {
        const name = text("name");
        const alias = typeof step["alias"] === "string" ? step["alias"] : name;
        const as = typeof step["var"] === "string" ? step["var"] : `import ${alias} into ${String(step["module"])}`;
        const { variable } = this.#variable(as, { observed: false, ...step });
        variable.import(name, alias, this.#module(step["from"]));
        return null;
      }
      case "derive": {
        const specifiers = step["specifiers"] as readonly { readonly name: string; readonly alias: string }[];
        this.#modules.set(text("as"), this.#module(step["from"]).derive(specifiers, this.#module(step["into"])));
        return null;
      }
      case "builtin":
        this.#module(step["module"]).builtin(text("name"), step["value"]);
        return null;
      case "delete": {
        const { variable, part } = this.#known(step);
        part.forget();
        variable.delete();
        return null;
      }
      case "dispose":
        for (const { part } of this.#variables.values()) part.forget();
        this.#runtime.dispose();
        return null;
      case "tick":
        for (let i = 0; i < Number(step["times"] ?? 1); i++) await this.#runtime._compute();
        return null;
      case "sleep":
        await new Promise((resolve) => setTimeout(resolve, Number(step["ms"] ?? 50)));
        return null;
      case "open":
        this.#gates.open(text("gate"));
        return null;
      case "expect":
        return compare(
          "error" in step ? { error: step["error"] } : { value: decode(step["value"]) },
          await this.#settled(step),
        );
      case "expectCurrent":
        return compare({ value: decode(step["value"]) }, { value: this.#known(step).variable._value });
      case "expectModuleValue":
        return this.#expectModuleValue(step);
      case "expectErrorInput": {
        const error: unknown = await this.#known(step).variable._promise.catch((thrown: unknown) => thrown);
        return compare({ input: step["input"] }, { input: Reflect.get(Object(error), "input") });
      }
      case "expectLog":
        return compare(step["log"], this.#log);
      case "expectLogSet":
        return compare([...(step["log"] as readonly unknown[])].sort(), [...this.#log].sort());
      case "expectEvents": {
        const { events } = this.#known(step);
        return compare(step["events"], step["ignorePending"] ? events.filter(([type]) => type !== "pending") : events);
      }
      case "expectReachable": {
        const wanted = step["reachable"] as Readonly<Record<string, boolean>>;
        const got = Object.keys(wanted).map((name) => [name, this.#known({ var: name }).variable._reachable]);
        return compare(wanted, Object.fromEntries(got));
      }
      default:
        return { got: `unknown step ${step.op}` };
    }
  }

  #define(step: Step): void {
    const { variable, part } = this.#variable(String(step["var"]), step);
    if (step.op === "variable") return;
    const inputs = (step["inputs"] ?? []) as readonly string[];
    part.forget();
    variable.define(
      (step["name"] as string | null) ?? null,
      this.#runtimeInputs(inputs),
      this.#definition(inputs, step["body"], part),
    );
  }

  #redefine(step: Step): { readonly got: unknown } | null {
    const inputs = (step["inputs"] ?? []) as readonly string[];
    try {
      this.#module(step["module"]).redefine(String(step["name"]), inputs, (...values) =>
        this.#evaluate(step["body"], zip(inputs, values)),
      );
    } catch (error) {
      return String(error).includes(String(step["throws"])) ? null : { got: String(error) };
    }
    return step["throws"] === undefined ? null : { got: "no exception" };
  }

  /** The kernel supplies `invalidation` from the run, and not from the runtime. */
  #runtimeInputs(inputs: readonly string[]): readonly string[] {
    return inputs.filter((name) => this.#bare || name !== "invalidation");
  }

  #definition(inputs: readonly string[], body: unknown, part: Part): (this: unknown, ...values: unknown[]) => unknown {
    const names = this.#runtimeInputs(inputs);
    const evaluateIn = (values: readonly unknown[], previous: unknown, run: Run | null): unknown =>
      this.#evaluate(
        body,
        zip(names, values),
        previous,
        inputs.includes("invalidation") ? (run?.invalidation ?? null) : null,
      );
    const bare = this.#bare;
    return function (...values) {
      return bare ? evaluateIn(values, this, null) : part.compute(values, (run) => evaluateIn(values, this, run));
    };
  }

  async #expectModuleValue(step: Step): Promise<{ readonly got: unknown } | null> {
    try {
      const value = await this.#module(step["module"]).value(String(step["name"]));
      return compare({ value: decode(step["value"]) }, { value });
    } catch (error) {
      return String(error).includes(String(step["error"])) ? null : { got: String(error) };
    }
  }

  async #settled(step: Step): Promise<unknown> {
    await this.#runtime._compute();
    try {
      return { value: await this.#known(step).variable._promise };
    } catch (error) {
      return { error: String(error) };
    }
  }

  #evaluate(
    body: unknown,
    inputs: Readonly<Record<string, unknown>> = {},
    previous: unknown = undefined,
    invalidation: Promise<void> | null = null,
  ): unknown {
    return evaluate(body, {
      inputs,
      previous,
      invalidation,
      log: this.#log,
      gates: this.#gates,
      counters: this.#counters,
    });
  }

  #variable(name: string, step: Step): Defined {
    const known = this.#variables.get(name);
    if (known) return known;
    const events: (readonly unknown[])[] = [];
    const part = new Part(
      {
        now: () => performance.now(),
        isTiming: false,
        opened() {},
        closed() {},
        changed() {},
        gave: (_part, value) => void events.push(["fulfilled", value]),
        failed: (_part, error) => void events.push(["rejected", error instanceof Error ? error.message : error]),
      },
      step["observed"] === false,
    );
    const observer = {
      pending: () => {
        events.push(["pending"]);
        part.pending();
      },
      fulfilled: (value: unknown) => part.fulfilled(value),
      rejected: (error: unknown) => part.rejected(error),
    };
    const shadow = Object.entries((step["shadow"] ?? {}) as Readonly<Record<string, Body>>);
    const variable = this.#module(step["module"]).variable(step["observed"] === false ? null : observer, {
      ...(shadow.length > 0
        ? { shadow: Object.fromEntries(shadow.map(([key, body]) => [key, () => this.#evaluate(body)])) }
        : {}),
    });
    const defined = { variable, part, events };
    this.#variables.set(name, defined);
    return defined;
  }

  #known({ var: name }: Readonly<Record<string, unknown>>): Defined {
    const known = this.#variables.get(String(name));
    if (known === undefined) throw new Error(`no variable ${String(name)}`);
    return known;
  }

  #module(name: unknown): Module {
    const module = this.#modules.get(name === undefined ? "main" : String(name));
    if (module === undefined) throw new Error(`no module ${String(name)}`);
    return module;
  }
}

function zip(names: readonly string[], values: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

function compare(expected: unknown, got: unknown): { readonly got: unknown } | null {
  return same(expected, got) ? null : { got };
}
