import { AppError, messageOf } from "../errors.ts";
import { parseDuration } from "../format/duration.ts";
import { parseName } from "../format/option-values.ts";
import type { SensedState, SensorOption, SensorSource } from "../model/options.ts";
import { parseSelection } from "../select/parse.ts";
import { problemOfGlob } from "./glob.ts";

/** A sensor is not evaluated more often. */
const shortestMs = 1000;
const kinds = "file inbox/*.csv, webhook secret=NAME, asset SELECTION or run failed";
const ends: Readonly<Record<string, readonly SensedState[]>> = {
  succeeded: ["succeeded"],
  failed: ["failed"],
  cancelled: ["cancelled"],
  ended: ["succeeded", "failed", "cancelled"],
};

/**
 * Reads a `sensor` attribute: a name, and after a colon what wakes it.
 *
 *     inbox                                          its code, every so often
 *     inbox: file inbox/*.csv                        new files, and files with other bytes
 *     orders: webhook secret=ORDERS_HOOK             a POST that tells the secret
 *     push: webhook secret=HUB signature=x-hub-signature-256   a POST that is signed with it
 *     late: asset sales/orders                       updates of assets that a selection takes
 *     alarm: run failed of sales/*                   ends of runs: succeeded, failed, cancelled, ended
 *
 * Throws `attribute_invalid`.
 */
export function parseSensor(text: string): SensorOption {
  const colon = text.indexOf(":");
  const name = parseName(colon < 0 ? text : text.slice(0, colon));
  if (name.includes("/")) return fail(`the name of a sensor has no /, and ${JSON.stringify(name)} has one`);
  return { name, source: colon < 0 ? { type: "code" } : parseSource(text.slice(colon + 1).trim()) };
}

/** Reads `every`: a duration of a second or more. Throws `attribute_invalid`. */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  return ms >= shortestMs ? ms : fail("a sensor is evaluated once a second at most; write 1s or more");
}

/** Reads the `select` of a sensor. Throws `attribute_invalid` naming the column. */
export function parseSensorSelection(text: string): string {
  try {
    parseSelection(text);
  } catch (error) {
    return fail(messageOf(error));
  }
  return text.trim() === "" ? fail('it is empty; write a selection, as "+sales/report", or take it out') : text.trim();
}

function parseSource(text: string): SensorSource {
  const [word = "", ...words] = text.split(/\s+/);
  const rest = text.slice(word.length).trim();
  switch (word) {
    case "file": {
      const problem = rest === "" ? "file needs names; write file inbox/*.csv" : problemOfGlob(rest);
      return problem === null ? { type: "file", pattern: rest } : fail(problem);
    }
    case "webhook":
      return parseWebhook(words);
    case "asset":
      return rest === ""
        ? fail("asset needs a selection; write asset sales/orders")
        : { type: "asset", select: parseSensorSelection(rest) };
    case "run": {
      const [state = "", of, ...selection] = words;
      const states = ends[state];
      if (states === undefined) return fail(`run needs an end; write run ${Object.keys(ends).join(", run ")}`);
      if (of === undefined) return { type: "run", states, select: null };
      if (of !== "of" || selection.length === 0)
        return fail(`after run ${state} write nothing, or of and a selection: run ${state} of sales/*`);
      return { type: "run", states, select: parseSensorSelection(selection.join(" ")) };
    }
    default:
      return fail(
        `${JSON.stringify(word)} is nothing that wakes a sensor; write ${kinds}, or the name alone for one that its code decides`,
      );
  }
}

function parseWebhook(words: readonly string[]): SensorSource {
  let secret: string | null = null;
  let signature: string | null = null;
  for (const word of words) {
    const [, option, value = ""] = /^(secret|signature)=(.*)$/.exec(word) ?? [];
    if (option === "secret" && /^[A-Z][A-Z0-9_]{0,63}$/.test(value)) secret = value;
    else if (option === "signature" && /^[a-zA-Z][a-zA-Z0-9-]{0,63}$/.test(value)) signature = value.toLowerCase();
    else
      return fail(
        `${JSON.stringify(word)} is no option of webhook; write secret=NAME (capital letters, the name of a secret) and, where the caller signs, signature=HEADER`,
      );
  }
  return secret === null
    ? fail(
        "a webhook needs a secret that its callers know; write webhook secret=NAME and give it by cellar secret set NAME",
      )
    : { type: "webhook", secret, signature };
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
