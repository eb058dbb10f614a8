/** A button that shows all doorbells live, or ends that. */

import { html, nothing, type LitElement, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { Still } from "./still.ts";

export class AllLive {
  readonly #host: LitElement;

  constructor(host: LitElement) {
    this.#host = host;
    host.addEventListener("live-changed", () => host.requestUpdate());
  }

  get #stills(): Still[] {
    return [...this.#host.renderRoot.querySelectorAll("doorwatch-still")];
  }

  button(strings: Strings, count: number): TemplateResult | typeof nothing {
    if (count < 2) return nothing;
    const on = this.#host.hasUpdated && this.#stills.some((one) => one.wanted);
    return html`<button
      class="all-live"
      @click=${() => this.#stills.forEach((one) => (on ? one.end() : void one.play()))}
    >
      ${icon(on ? "stop" : "live")}<span class="words"
        >${strings.text(on ? "live.end_all" : "live.all")}</span
      >
    </button>`;
  }
}
