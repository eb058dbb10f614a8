/** A part of the panel that is loaded when it is first opened. */

import { html, nothing, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";

export class Lazy {
  state: "absent" | "coming" | "there" | "missing" = "absent";
  readonly #fetch: () => Promise<unknown>;
  readonly #changed: () => void;

  constructor(fetch: () => Promise<unknown>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Load it, once. */
  want(): this {
    if (this.state === "absent") {
      this.state = "coming";
      void this.#get();
    }
    return this;
  }

  async #get(): Promise<void> {
    try {
      await this.#fetch();
      this.state = "there";
    } catch {
      // The open page is from before an update, or the home is not reachable.
      this.state = "missing";
    }
    this.#changed();
  }
}

/** Render a part, once it is loaded. */
export function renderLazy(
  strings: Strings,
  part: Lazy,
  render: () => TemplateResult,
): TemplateResult | typeof nothing {
  const { state } = part.want();
  if (state === "there") return render();
  return state === "missing"
    ? html`<p class="banner problem" role="alert">
        ${strings.text("panel.not_loaded")}
      </p>`
    : nothing;
}
