import { AppError } from "../../cells/errors.ts";
import type { SecretSource } from "../resources/secrets.ts";
import type { Setting } from "../workspace/config-object.ts";

/** Finds the values of settings, and remembers those of secrets, so that they can be taken out of what is said. */
export class SecretValues {
  /** name → value */
  readonly used = new Map<string, string>();
  readonly #what: string;
  readonly #secrets: SecretSource;

  constructor(what: string, secrets: SecretSource) {
    this.#what = what;
    this.#secrets = secrets;
  }

  /** Throws `secret_missing`. */
  async of(setting: Setting): Promise<string> {
    if (setting.type === "text") return setting.text;
    const value = await this.#secrets.value(setting.name);
    if (value === null)
      throw new AppError(
        "secret_missing",
        `${this.#what} needs the secret ${setting.name}, which is not there; run cellar secret set ${setting.name}`,
        { data: { secret: setting.name } },
      );
    this.used.set(setting.name, value);
    return setting.prefix + value;
  }
}
