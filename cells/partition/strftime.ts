import { assertNever } from "../errors.ts";

const dayMs = 86_400_000;
type Directive = "Y" | "m" | "d" | "H" | "M" | "S" | "j" | "G" | "V" | "z";
type Piece = { readonly type: "text"; readonly text: string } | { readonly type: "field"; readonly field: Directive };

const patterns: Readonly<Record<Directive, string>> = {
  Y: "(\\d{4})",
  m: "(\\d{2})",
  d: "(\\d{2})",
  H: "(\\d{2})",
  M: "(\\d{2})",
  S: "(\\d{2})",
  j: "(\\d{3})",
  G: "(\\d{4})",
  V: "(\\d{2})",
  z: "([+-]\\d{4})",
};

/** What a key says: a wall-clock time (as if of UTC), and how far it is ahead of UTC where the key says that too. */
export interface KeyTime {
  readonly wall: number;
  readonly offsetMs: number | null;
}

/** Writes and reads times by a strftime pattern of `%Y %m %d %H %M %S %j %G %V %z`. */
export class Strftime {
  private readonly pieces: readonly Piece[];
  private readonly pattern: RegExp;
  /** whether the text says how far the clock is ahead of UTC */
  readonly hasOffset: boolean;

  constructor(format: string) {
    this.pieces = piecesOf(format);
    const fields = this.pieces.flatMap((piece) => (piece.type === "field" ? [piece.field] : []));
    this.hasOffset = fields.includes("z");
    const suffix = this.hasOffset ? "" : "([+-]\\d{4})?";
    this.pattern = new RegExp(`^${this.pieces.map(patternOf).join("")}${suffix}$`, "s");
  }

  /** The text of a wall-clock time (as if of UTC) in a zone that is so far ahead of UTC. */
  write(wall: number, offsetMs: number): string {
    const time = new Date(wall);
    return this.pieces
      .map((piece) => (piece.type === "text" ? piece.text : write(piece.field, time, offsetMs)))
      .join("");
  }

  /** The time that a text says, or null where it does not have this pattern. What it leaves out is the first there is. */
  read(text: string): KeyTime | null {
    const match = this.pattern.exec(text);
    if (match === null) return null;
    const values = new Map<Directive, string>();
    let group = 1;
    for (const piece of this.pieces) {
      if (piece.type !== "field") continue;
      const value = match[group++] ?? "";
      if ((values.get(piece.field) ?? value) !== value) return null;
      values.set(piece.field, value);
    }
    const number = (field: Directive): number | null => (values.has(field) ? Number(values.get(field)) : null);
    const day = dayOf(number);
    if (day === null) return null;
    const [hour, minute, second] = [number("H") ?? 0, number("M") ?? 0, number("S") ?? 0];
    if (hour > 23 || minute > 59 || second > 59) return null;
    const zone = this.hasOffset ? values.get("z") : match[group];
    return {
      wall: day * dayMs + ((hour * 60 + minute) * 60 + second) * 1000,
      offsetMs: zone ? readOffset(zone) : null,
    };
  }
}

/** `+0100` */
export function writeOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `${offsetMs < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

function readOffset(text: string): number {
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3));
  return (text.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

function piecesOf(format: string): readonly Piece[] {
  return format.split(/(%.)/su).map((part): Piece => {
    const field = part.startsWith("%") ? part.slice(1) : "";
    if (isDirective(field)) return { type: "field", field };
    return { type: "text", text: part === "%%" ? "%" : part };
  });
}

function isDirective(text: string): text is Directive {
  return Object.hasOwn(patterns, text);
}

function patternOf(piece: Piece): string {
  if (piece.type === "text") return piece.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return patterns[piece.field];
}

function write(field: Directive, time: Date, offsetMs: number): string {
  switch (field) {
    case "Y":
      return pad(time.getUTCFullYear(), 4);
    case "m":
      return pad(time.getUTCMonth() + 1, 2);
    case "d":
      return pad(time.getUTCDate(), 2);
    case "H":
      return pad(time.getUTCHours(), 2);
    case "M":
      return pad(time.getUTCMinutes(), 2);
    case "S":
      return pad(time.getUTCSeconds(), 2);
    case "j":
      return pad(Math.floor(time.getTime() / dayMs) - startOfYear(time.getUTCFullYear()) + 1, 3);
    case "G":
      return pad(isoWeek(time).year, 4);
    case "V":
      return pad(isoWeek(time).week, 2);
    case "z":
      return writeOffset(offsetMs);
    default:
      return assertNever(field);
  }
}

/** The day (since 1970) that the fields of a key name, or null where no calendar has it. */
function dayOf(number: (field: Directive) => number | null): number | null {
  const week = number("V");
  const isoYear = number("G");
  const year = number("Y") ?? isoYear;
  if (year === null) return null;
  if (isoYear !== null && number("m") === null && number("j") === null) {
    const monday = mondayOfWeekOne(isoYear) + ((week ?? 1) - 1) * 7;
    return isoWeek(new Date(monday * dayMs)).year === isoYear ? monday : null;
  }
  const dayOfYear = number("j");
  if (dayOfYear !== null) {
    const day = startOfYear(year) + dayOfYear - 1;
    return dayOfYear > 0 && day < startOfYear(year + 1) ? day : null;
  }
  const [month, date] = [number("m") ?? 1, number("d") ?? 1];
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, date);
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === date;
  return isReal ? time.getTime() / dayMs : null;
}

function isoWeek(time: Date): { readonly year: number; readonly week: number } {
  const day = Math.floor(time.getTime() / dayMs);
  // an ISO week belongs to the year of its Thursday
  const thursday = day - weekday(day) + 3;
  const year = new Date(thursday * dayMs).getUTCFullYear();
  return { year, week: Math.floor((thursday - startOfYear(year)) / 7) + 1 };
}

function mondayOfWeekOne(year: number): number {
  const fourth = startOfYear(year) + 3;
  return fourth - weekday(fourth);
}

/** 0 is Monday */
function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function startOfYear(year: number): number {
  const time = new Date(0);
  time.setUTCFullYear(year, 0, 1);
  return time.getTime() / dayMs;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
