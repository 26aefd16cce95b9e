import { AppError } from "../../cells/errors.ts";

/** A receiver said that it will never take this message: another try would be answered alike. */
export class Refused extends AppError {
  constructor(message: string) {
    super("resource_failed", message);
  }
}
