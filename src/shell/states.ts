import { html, nothing, type TemplateResult } from "lit";
import { AppError } from "../../cells/errors.ts";
import { isUnreachable } from "../remote/api.ts";
import { icon } from "./icons.ts";
import type { Loaded } from "./loader.ts";

/** Draws what was read; while it is not there yet, why. What is old stays, with a line that says so. */
export function whenLoaded<T>(
  state: Loaded<T>,
  what: string,
  ready: (value: T) => unknown,
  retry: () => void,
): unknown {
  if (state.value !== null)
    return html`${state.type === "failed" ? staleNotice(state.error, retry) : nothing}${ready(state.value)}`;
  return state.type === "failed"
    ? failure(state.error, what, retry)
    : html`<p class="pending" role="status">Loading ${what}…</p>`;
}

/** A thing that could not be had, and what to do. */
function failure(error: Error, what: string, retry: (() => void) | null): TemplateResult {
  const gone = isUnreachable(error);
  return html`<section class="blank" role="alert">
    <h2>
      ${gone ? `The ${what} is not in this browser` : error instanceof AppError && error.code === "not_found" ? "Not found" : `The ${what} could not be loaded`}
    </h2>
    <p>
      ${sentence(gone ? `The server does not answer, and there is no copy here. Start it with cellar serve, then try again.` : error.message)}
    </p>
    ${retry === null ? nothing : html`<p><button class="button" @click=${retry}>${icon("retry")} Try again</button></p>`}
  </section>`;
}

function staleNotice(error: Error, retry: () => void): TemplateResult {
  return html`<p class="notice" role="status">
    ${icon("warning")} <span>${sentence(`Shown as it last was: ${error.message}`)}</span>
    <button class="link" @click=${retry}>Try again</button>
  </p>`;
}

/** A place where something will be, and how it gets there. */
export function blank(title: string, text: unknown, actions: unknown = nothing): TemplateResult {
  return html`<section class="blank">
    <h2>${title}</h2>
    <p>${text}</p>
    ${actions === nothing ? nothing : html`<p>${actions}</p>`}
  </section>`;
}

/** An error's message as a reader meets it: with a capital and a full stop. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
