import { AppError, messageOf } from "../errors.ts";
import { parseDuration } from "../format/duration.ts";
import { parseName, parseSchedule } from "../format/option-values.ts";
import { didYouMean } from "../model/nearest.ts";
import type { SensedState, SensorOption, SensorSource } from "../model/options.ts";
import { quote } from "../model/quote.ts";
import { failAt, type Piece, piecesOutside, readAt } from "../partition/words.ts";
import { parseSelection } from "../select/parse.ts";
import { problemOfGlob } from "./glob.ts";

/** A sensor is not evaluated more often. */
const shortestMs = 1000;
const sources = ["cron", "file", "webhook", "asset", "run"];
const kinds = "cron 0 6 * * *, file inbox/*.csv, webhook secret=NAME, asset SELECTION or run failed";
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
 *     nightly: cron 0 6 * * *                        ticks of a clock, of several crons too, with ; between
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
  if (name.includes("/")) return failAt(0, `the name of a sensor has no /, and ${quote(name)} has one`);
  if (colon < 0) return { name, source: { type: "code" } };
  const words = piecesOutside({ text: text.slice(colon + 1), at: colon + 1 }, /\s/);
  return { name, source: parseSource(words, text) };
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
    const column = error instanceof AppError ? error.data["column"] : null;
    return failAt(typeof column === "number" ? column - 1 : 0, messageOf(error).replace(/ \(column \d+\)$/, ""));
  }
  return text.trim() === "" ? fail('it is empty; write a selection, as "+sales/report", or take it out') : text.trim();
}

function parseSource([first, ...words]: readonly Piece[], text: string): SensorSource {
  if (first === undefined)
    return failAt(text.length, `there is nothing behind the colon; write ${kinds}, or the name alone without a colon`);
  const [next] = words;
  const rest = next === undefined ? "" : text.slice(next.at).trim();
  switch (first.text) {
    case "cron":
      return rest === ""
        ? failAt(first.at, "cron needs a time; write cron 0 6 * * *")
        : { type: "cron", crons: readAt((next ?? first).at, () => parseSchedule(rest)) };
    case "file": {
      const problem = rest === "" ? "file needs names; write file inbox/*.csv" : problemOfGlob(rest);
      return problem === null ? { type: "file", pattern: rest } : failAt((next ?? first).at, problem);
    }
    case "webhook":
      return parseWebhook(first, words);
    case "asset":
      return next === undefined
        ? failAt(first.at, "asset needs a selection; write asset sales/orders")
        : { type: "asset", select: readAt(next.at, () => parseSensorSelection(rest)) };
    case "run": {
      const [state, of, selection] = words;
      const states = ends[state?.text ?? ""];
      if (state === undefined || states === undefined) {
        const given = state === undefined ? "run needs an end" : `${quote(state.text)} is no end of a run`;
        const close = didYouMean(state?.text ?? "", Object.keys(ends));
        return failAt((state ?? first).at, `${given}; ${close}write run ${Object.keys(ends).join(", run ")}`);
      }
      if (of === undefined) return { type: "run", states, select: null };
      if (of.text !== "of" || selection === undefined)
        return failAt(
          of.at,
          `after run ${state.text} write nothing, or of and a selection: run ${state.text} of sales/*`,
        );
      const select = readAt(selection.at, () => parseSensorSelection(text.slice(selection.at).trim()));
      return { type: "run", states, select };
    }
    default:
      return failAt(
        first.at,
        `${quote(first.text)} is nothing that wakes a sensor; ${didYouMean(first.text, sources)}write ${kinds}, or the name alone for one that its code decides`,
      );
  }
}

function parseWebhook(webhook: Piece, words: readonly Piece[]): SensorSource {
  let secret: string | null = null;
  let signature: string | null = null;
  for (const { text, at } of words) {
    const [, option, value = ""] = /^(secret|signature)=(.*)$/.exec(text) ?? [];
    if (option === "secret" && /^[A-Z][A-Z0-9_]{0,63}$/.test(value)) secret = value;
    else if (option === "signature" && /^[a-zA-Z][a-zA-Z0-9-]{0,63}$/.test(value)) signature = value.toLowerCase();
    else
      return failAt(
        at,
        `${quote(text)} is no option of webhook; write secret=NAME (capital letters, the name of a secret) and, where the caller signs, signature=HEADER`,
      );
  }
  return secret === null
    ? failAt(
        webhook.at,
        "a webhook needs a secret that its callers know; write webhook secret=NAME and give it by cellar secret set NAME",
      )
    : { type: "webhook", secret, signature };
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
