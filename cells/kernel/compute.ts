import type { Standing, Variable } from "@observablehq/runtime";
import { isStream, type Stream } from "./stream.ts";

/** The error of a computation that a newer one replaced: nobody is told. */
const stale = new Error("a newer computation replaced this one");
const ignore = (): void => {};

/** Says that a variable will be computed in this wave. Gives the version by which its computation knows that it is the newest. */
export function begin(variable: Variable): number {
  variable._invalidate();
  variable._invalidate = ignore;
  variable._pending();
  return ++variable._version;
}

/** Fails a variable without computing it. */
export function fail(variable: Variable, error: Error): void {
  const version = begin(variable);
  failNow(variable, version, error);
}

/**
 * Computes a variable whose inputs in the wave were computed before: at once where all of them stand at values and the
 * run before is over, else as soon as that is so.
 */
export function compute(variable: Variable, version: number): void {
  const { computing, streams } = standingOf(variable);
  // a stream before is returned on a microtask, and that shall be over when the definition runs
  if (computing || streams) return computeLater(variable, version);
  const inputs = variable._inputs;
  const values: unknown[] = [];
  for (const input of inputs) {
    const known = standingOf(input);
    if (known.computing) return computeLater(variable, version);
    if (known.failed) return failNow(variable, version, passedDown(input, known.error));
    values.push(known.value);
  }
  if (variable._version !== version) return failNow(variable, version, stale);
  let value: unknown;
  let isPlain: boolean;
  try {
    value = variable._definition.apply(variable._value, values);
    isPlain = !isThenable(value) && !isStream(value);
  } catch (error) {
    return failNow(variable, version, error);
  }
  if (!isPlain)
    follow(
      variable,
      version,
      Promise.resolve(value).then((settled) => generate(variable, version, settled)),
    );
  else if (variable._version !== version) failNow(variable, version, stale);
  else {
    stand(variable, value, Promise.resolve(value));
    tell(() => variable._fulfilled(value));
  }
}

/** As the runtime does it, promise by promise. */
function computeLater(variable: Variable, version: number): void {
  const { _promise: before, _inputs: inputs, _definition: definition, _value: previous } = variable;
  const read = (): Promise<unknown[]> => Promise.all(inputs.map(valueOf));
  const define = (values: unknown[]): unknown => {
    if (variable._version !== version) throw stale;
    return definition.apply(previous, values);
  };
  follow(
    variable,
    version,
    before
      .then(read, read)
      .then(define)
      .then((value) => generate(variable, version, value)),
  );
}

/** Lets a variable stand at what a promise comes to. */
function follow(variable: Variable, version: number, promise: Promise<unknown>): void {
  const standing = standingOf(variable);
  standing.computing = true;
  variable._promise = promise;
  promise.then(
    (value) => {
      if (variable._promise !== promise) return;
      stand(variable, value, promise);
      if (variable._version === version) variable._fulfilled(value);
    },
    (error: unknown) => {
      if (variable._promise !== promise) return;
      standFailed(variable, error, promise);
      if (error !== stale && variable._version === version) variable._rejected(error);
    },
  );
}

/**
 * The first value of a stream, or the value itself. A stream is pulled once before each later turn, and its readers are
 * computed in that turn.
 */
function generate(variable: Variable, version: number, value: unknown): unknown {
  if (variable._version !== version) throw stale;
  standingOf(variable).streams = false;
  if (!isStream(value)) return value;
  standingOf(variable).streams = true;
  const { promise: invalidation, resolve } = Promise.withResolvers<void>();
  variable._invalidate = resolve;
  void invalidation.then(() => value.return());
  const runtime = variable._module._runtime;
  let current: unknown = undefined;

  const pull = (): void => {
    const step: Promise<unknown> = next(value, current, (given) => {
      if (variable._version !== version) throw stale;
      current = given;
      stand(variable, given, step);
      void turn().then(() => runtime._precompute(pull));
      variable._fulfilled(given);
      return given;
    });
    step.catch((error: unknown) => {
      if (error === stale || variable._version !== version) return;
      standFailed(variable, error, step);
      void turn();
      variable._rejected(error);
    });
  };
  const turn = (): Promise<void> => {
    for (const reader of variable._outputs) runtime._updates.add(reader);
    return runtime._compute();
  };
  return next(value, undefined, (given) => {
    if (variable._version !== version) throw stale;
    current = given;
    runtime._precompute(pull);
    return given;
  });
}

/** The next value of a stream, after `take` saw it; undefined at the end, which `take` does not see. */
function next(stream: Stream, sent: unknown, take: (value: unknown) => unknown): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(stream.next(sent));
  }).then((step) => {
    const done: unknown = Reflect.get(Object(step), "done");
    return done ? undefined : Promise.resolve(Reflect.get(Object(step), "value")).then(take);
  });
}

function standingOf(variable: Variable): Standing {
  return (variable.standing ??= {
    computing: false,
    streams: false,
    failed: false,
    value: undefined,
    error: undefined,
  });
}

function stand(variable: Variable, value: unknown, promise: Promise<unknown>): void {
  const standing = standingOf(variable);
  standing.computing = false;
  standing.failed = false;
  standing.value = value;
  standing.error = undefined;
  variable._promise = promise;
  variable._value = value;
}

function standFailed(variable: Variable, error: unknown, promise: Promise<unknown>): void {
  const standing = standingOf(variable);
  standing.computing = false;
  standing.failed = true;
  standing.value = undefined;
  standing.error = error;
  variable._promise = promise;
  if (error !== stale) variable._value = undefined;
}

function failNow(variable: Variable, version: number, error: unknown): void {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  standFailed(variable, error, promise);
  if (error !== stale && variable._version === version) tell(() => variable._rejected(error));
}

/** An observer that throws ends neither the wave nor the standing of a variable. */
function tell(observer: () => void): void {
  try {
    observer();
  } catch (error) {
    void Promise.reject(error);
  }
}

/** An input that is computed anew since fails its reader in silence, since the reader is computed anew as well. */
function valueOf(input: Variable): Promise<unknown> {
  const version = input._version;
  return input._promise.catch((error: unknown) => {
    throw input._version === version ? passedDown(input, error) : stale;
  });
}

/** What readers of a failed input get: the runtime's sentence with the name of the input. */
function passedDown(input: Variable, error: unknown): unknown {
  if (error === stale) return stale;
  try {
    return input._rejector(error);
  } catch (passed) {
    return passed;
  }
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  return "then" in value && typeof value.then === "function";
}
