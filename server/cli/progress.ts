/** Shows how far something is: one line that is written over on a terminal, a line for each tenth elsewhere. */
export class Progress {
  readonly #say: (line: string) => void;
  readonly #terminal: NodeJS.WritableStream | null;
  readonly #beganAt: number;
  #tenth = 0;

  /** `terminal` is null where lines are wanted; `now` in milliseconds. */
  constructor(say: (line: string) => void, terminal: NodeJS.WritableStream | null, now: number) {
    this.#say = say;
    this.#terminal = terminal;
    this.#beganAt = now;
  }

  /** `done` of `total`; `aside` is what else is to be said, as `3 failed`. */
  show(done: number, total: number, aside: string, now: number): void {
    const share = total === 0 ? 1 : done / total;
    const rest = aside === "" ? "" : `, ${aside}`;
    if (this.#terminal !== null) {
      const bar = "█".repeat(Math.round(share * width)).padEnd(width, "░");
      const left = done === 0 || done === total ? "" : `, ${sayLeft((now - this.#beganAt) * (1 / share - 1))} left`;
      this.#terminal.write(`\r\u001b[K${bar} ${done} of ${total}${rest}${left}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    if (done < total) this.#say(`${done} of ${total}${rest}`);
  }

  /** Leaves the terminal's line empty for what is said next. */
  end(): void {
    this.#terminal?.write("\r\u001b[K");
  }
}

const width = 24;

function sayLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
