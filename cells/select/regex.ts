/** A compiled regular expression. */
export interface Regex {
  /** whether the expression is found anywhere in the text */
  readonly test: (text: string) => boolean;
}

/** Why an expression is refused, and the offset in its source. */
export interface RegexProblem {
  readonly problem: string;
  readonly offset: number;
}

/** An instruction of the machine: match one code unit and go on, go on at two places, or hold at an edge of the text. */
type Instruction =
  | { readonly type: "unit"; readonly matches: (unit: number) => boolean }
  | { type: "fork"; first: number; second: number }
  | { readonly type: "start" | "end" | "match" };

type Tree =
  | { readonly type: "unit"; readonly matches: (unit: number) => boolean }
  | { readonly type: "start" | "end" }
  | { readonly type: "sequence" | "choice"; readonly of: readonly Tree[] }
  | { readonly type: "repeat"; readonly of: Tree; readonly min: number; readonly max: number };

/** A longer program than this would make every key dear. */
const maxProgram = 500;
const maxSource = 200;

class Refused extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Compiles a regular expression: `| ( ) (?: ) [ ] . ^ $ * + ? {m,n} \d \w \s` and escapes, as JavaScript has them. It
 * runs all ways at once (Thompson, CACM 11, 1968), so that no expression is slow on any text: length of text times length
 * of program. What would need going back (`\1`, look-around) is refused.
 */
export function compileRegex(source: string): Regex | RegexProblem {
  if (source.length > maxSource)
    return { problem: `a regular expression has at most ${maxSource} characters; write it shorter`, offset: maxSource };
  try {
    const program: Instruction[] = [];
    emit(new Reader(source).read(), program);
    program.push({ type: "match" });
    return { test: (text) => run(program, text) };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.message, offset: error.offset };
    throw error;
  }
}

class Reader {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  read(): Tree {
    const tree = this.choice();
    if (this.at < this.source.length) this.refuse("this ) closes nothing; write \\) if it is meant");
    return tree;
  }

  private choice(): Tree {
    const of = [this.sequence()];
    while (this.take("|")) of.push(this.sequence());
    return of.length === 1 && of[0] ? of[0] : { type: "choice", of };
  }

  private sequence(): Tree {
    const of: Tree[] = [];
    while (this.at < this.source.length && !"|)".includes(this.peek())) of.push(this.repeated());
    return { type: "sequence", of };
  }

  private repeated(): Tree {
    const of = this.atom();
    const start = this.at;
    const bounds = this.bounds();
    if (bounds === null) return of;
    this.take("?");
    if (/[*+?{]/.test(this.peek())) this.refuse(`nothing to repeat before ${this.peek()}; put it in ( )`);
    if (bounds.min > bounds.max) this.refuse("the numbers of this repetition run backwards", start);
    return { type: "repeat", of, ...bounds };
  }

  private bounds(): { readonly min: number; readonly max: number } | null {
    if (this.take("*")) return { min: 0, max: Infinity };
    if (this.take("+")) return { min: 1, max: Infinity };
    if (this.take("?")) return { min: 0, max: 1 };
    const match = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.source.slice(this.at));
    if (match === null) return null;
    this.at += match[0].length;
    const min = Number(match[1]);
    return { min, max: match[2] === undefined ? min : match[3] ? Number(match[3]) : Infinity };
  }

  private atom(): Tree {
    const start = this.at;
    const character = this.next();
    switch (character) {
      case "(": {
        if (this.take("?") && !this.take(":")) this.refuse("look-around and names are not supported; write (…)", start);
        const of = this.choice();
        if (!this.take(")")) this.refuse("this ( is not closed; write ) at its end", start);
        return of;
      }
      case "[":
        return { type: "unit", matches: this.charClass(start) };
      case ".":
        return { type: "unit", matches: (unit) => unit !== 10 && unit !== 13 };
      case "^":
        return { type: "start" };
      case "$":
        return { type: "end" };
      case "\\":
        return { type: "unit", matches: this.escape(start) };
      case "*":
      case "+":
      case "?":
        return this.refuse(`nothing to repeat before ${character}; write \\${character} if it is meant`, start);
      default:
        return { type: "unit", matches: equals(character) };
    }
  }

  private escape(start: number): (unit: number) => boolean {
    const character = this.next();
    const known = shorthand(character);
    if (known) return known;
    if (character === "") this.refuse("a \\ stands at the end; write \\\\ if it is meant", start);
    if (/[A-Za-z0-9]/.test(character))
      this.refuse(`\\${character} is not supported; leave the \\ out for the letter`, start);
    return equals(character);
  }

  private charClass(start: number): (unit: number) => boolean {
    const isNegated = this.take("^");
    const tests: ((unit: number) => boolean)[] = [];
    while (!this.take("]")) {
      const from = this.at;
      const first = this.next();
      if (first === "") this.refuse("this [ is not closed; write ] at its end", start);
      if (first === "\\") {
        tests.push(this.escape(from));
        continue;
      }
      const last =
        this.peek() === "-" && this.source.charAt(this.at + 1) !== "]" ? this.source.charAt(this.at + 1) : "";
      if (last === "") {
        tests.push(equals(first));
        continue;
      }
      if (last === "\\" || last < first) this.refuse("this range runs backwards or ends in \\; write it as two", from);
      this.at += 2;
      const [low, high] = [first.charCodeAt(0), last.charCodeAt(0)];
      tests.push((unit) => unit >= low && unit <= high);
    }
    return (unit) => tests.some((test) => test(unit)) !== isNegated;
  }

  private peek(): string {
    return this.source.charAt(this.at);
  }

  private next(): string {
    return this.source.charAt(this.at++);
  }

  private take(mark: string): boolean {
    if (this.peek() !== mark) return false;
    this.at++;
    return true;
  }

  private refuse(message: string, offset: number = this.at): never {
    throw new Refused(message, offset);
  }
}

function equals(character: string): (unit: number) => boolean {
  const code = character.charCodeAt(0);
  return (unit) => unit === code;
}

function shorthand(letter: string): ((unit: number) => boolean) | null {
  const patterns: Readonly<Record<string, RegExp>> = { d: /\d/, w: /\w/, s: /\s/ };
  const pattern = patterns[letter.toLowerCase()];
  if (!pattern) return null;
  const isNegated = letter !== letter.toLowerCase();
  return (unit) => pattern.test(String.fromCharCode(unit)) !== isNegated;
}

function emit(tree: Tree, program: Instruction[]): void {
  if (program.length > maxProgram)
    throw new Refused("this regular expression repeats too much; use smaller numbers in { }", 0);
  switch (tree.type) {
    case "unit":
    case "start":
    case "end":
      program.push(tree);
      return;
    case "sequence":
      for (const part of tree.of) emit(part, program);
      return;
    case "choice":
      emitChoice(tree.of, program);
      return;
    case "repeat":
      emitRepeat(tree, program);
      return;
  }
}

function emitChoice(parts: readonly Tree[], program: Instruction[]): void {
  const jumps: { second: number; first: number }[] = [];
  parts.forEach((part, i) => {
    if (i === parts.length - 1) return emit(part, program);
    const fork = pushFork(program);
    emit(part, program);
    jumps.push(pushFork(program));
    fork.second = program.length;
  });
  for (const jump of jumps) jump.first = jump.second = program.length;
}

function emitRepeat({ of, min, max }: Extract<Tree, { type: "repeat" }>, program: Instruction[]): void {
  const start = program.length;
  for (let i = 0; i < min; i++) {
    emit(of, program);
    // what matches nothing but "" is the same once and 9,999 times
    if (program.length === start) return;
  }
  if (max === Infinity) {
    const loop = program.length;
    const fork = pushFork(program);
    emit(of, program);
    const back = pushFork(program);
    back.first = back.second = loop;
    fork.second = program.length;
    return;
  }
  const exits: { second: number }[] = [];
  for (let i = min; i < max; i++) {
    exits.push(pushFork(program));
    emit(of, program);
  }
  for (const exit of exits) exit.second = program.length;
}

/** Adds a fork that goes on at the next instruction; the caller sets where else. */
function pushFork(program: Instruction[]): { type: "fork"; first: number; second: number } {
  const fork = { type: "fork" as const, first: program.length + 1, second: program.length + 1 };
  program.push(fork);
  return fork;
}

/** Runs every way through the program at once; each place is visited at most once for each position in the text. */
function run(program: readonly Instruction[], text: string): boolean {
  let current: number[] = [];
  const seen = new Int32Array(program.length).fill(-1);
  for (let at = 0; at <= text.length; at++) {
    // a match may begin anywhere
    const next: number[] = [];
    const queue = [...current, 0];
    for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
      if (seen[place] === at) continue;
      seen[place] = at;
      const instruction = program[place];
      if (!instruction) continue;
      if (instruction.type === "match") return true;
      if (instruction.type === "fork") queue.push(instruction.first, instruction.second);
      else if (instruction.type === "unit") {
        if (at < text.length && instruction.matches(text.charCodeAt(at))) next.push(place + 1);
      } else if (at === (instruction.type === "start" ? 0 : text.length)) queue.push(place + 1);
    }
    current = next;
  }
  return false;
}
