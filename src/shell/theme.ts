export type ThemeChoice = "system" | "light" | "dark";

const key = "cellar-theme";

/** Light, dark, or as the system has it: kept by this browser. Tells the page by a `cellar-theme` event on `window`. */
export class Theme {
  #choice: ThemeChoice = readChoice();
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");

  get choice(): ThemeChoice {
    return this.#choice;
  }

  get scheme(): "light" | "dark" {
    if (this.#choice !== "system") return this.#choice;
    return this.#dark.matches ? "dark" : "light";
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    try {
      localStorage.setItem(key, choice);
    } catch {
      // kept for this page only
    }
    this.apply();
  }

  /** Brings the page to the choice, and tells it whenever the system changes its mind. */
  apply(): void {
    this.#dark.onchange = () => dispatchEvent(new Event("cellar-theme"));
    document.documentElement.style.colorScheme = this.#choice === "system" ? "light dark" : this.#choice;
    dispatchEvent(new Event("cellar-theme"));
  }
}

function readChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(key);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}
