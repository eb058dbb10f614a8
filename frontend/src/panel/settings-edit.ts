/**
 * Buttons for forms of an entry, each of which opens in the place of the buttons.
 *
 * Events: `settings-saved`.
 */

import { css, html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { FORM } from "../ha/core-names.ts";
import { entryAt } from "../ha/places.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import type { FlowKind } from "./entry-flow.ts";

/** A form of an entry, and the button that opens it. */
export interface EntryPage {
  kind: FlowKind;
  /** The form in the menu of the options, if they have a menu. */
  page?: string;
  text: string;
  /** The accessible name of the button, if it differs. */
  label?: string;
}

@customElement("doorwatch-settings-edit")
export class SettingsEdit extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      :host([editing]) {
        display: block;
        flex: 1 1 100%;
        min-width: 0;
      }
    `,
  ];

  @property({ attribute: false }) entryId = "";
  @property({ attribute: false }) pages: readonly EntryPage[] = [];
  /** The index of the page whose form is open. */
  @state() private editing: number | undefined;

  protected override willUpdate(): void {
    this.toggleAttribute("editing", this.editing !== undefined);
  }

  /** The form is loaded when it is first opened. */
  private async open(index: number): Promise<void> {
    if (await this.attempt(() => import("./entry-form.ts"))) this.editing = index;
  }

  private async close(index: number): Promise<void> {
    this.editing = undefined;
    await this.focusOn(`[data-page="${index}"]`);
  }

  private async saved(index: number): Promise<void> {
    await this.close(index);
    say(this, { text: this.strings.text("notices.saved") });
    this.dispatchEvent(new CustomEvent("settings-saved"));
  }

  protected override render(): TemplateResult {
    const { editing } = this;
    const open = editing === undefined ? undefined : this.pages[editing];
    if (editing !== undefined && open)
      return html`<doorwatch-entry-form
        .entryId=${this.entryId}
        .kind=${open.kind}
        .page=${open.page ?? ""}
        @form-saved=${() => void this.saved(editing)}
        @form-closed=${() => void this.close(editing)}
      ></doorwatch-entry-form>`;
    return html`${renderProblem(this.strings, this.failure)}
    ${this.pages.map((one, index) => this.button(one, index))}`;
  }

  /** Without Home Assistant's form, a link to the entry, where it has the same forms. */
  private button({ text, label = text }: EntryPage, index: number): TemplateResult {
    if (!customElements.get(FORM))
      return html`<a class="button" href=${entryAt(this.entryId)} aria-label=${label}
        >${text}</a
      >`;
    return html`<button
      data-page=${index}
      aria-label=${label}
      ?disabled=${!this.hass.connected}
      @click=${() => void this.open(index)}
    >
      ${text}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-settings-edit": SettingsEdit;
  }
}
