/** Asks before clips are deleted. Keeping them has the focus. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { DialogElement } from "../ui/dialog-element.ts";

@customElement("doorwatch-delete-dialog")
export class DeleteDialog extends DialogElement {
  protected override readonly looks = "question";
  @property({ attribute: false }) clips: readonly Clip[] = [];
  /** The description of a single clip. */
  @property({ attribute: false }) what = "";

  protected override get heading(): string {
    return this.clips.length > 1 ? "delete.title_several" : "delete.title";
  }

  /** Restore the focus before emitting the event. */
  private confirm(): void {
    this.close();
    this.dispatchEvent(new CustomEvent("delete"));
  }

  protected override content(): TemplateResult {
    const { strings, clips, what } = this;
    const several = clips.length > 1 ? "_several" : "";
    const count = clips.filter((one) => one.protected).length;
    return html`<div class="body">
        ${this.titleLine({ count: clips.length })}
        ${what ? html`<p>${what}</p>` : nothing}
        ${
          count > 0
            ? html`<p>
                <strong
                  >${strings.text(`delete.protected${several}`, { count })}</strong
                >
              </p>`
            : nothing
        }
        <p class="muted">${strings.text(`delete.final${several}`)}</p>
      </div>
      <footer>
        <button autofocus @click=${this.close}>${strings.text("delete.cancel")}</button>
        <button class="danger" @click=${() => this.confirm()}>
          ${strings.text("delete.confirm")}
        </button>
      </footer>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-delete-dialog": DeleteDialog;
  }
}
