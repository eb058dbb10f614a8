/** Asks before a clip is deleted. Keeping it has the focus. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { DialogElement } from "../ui/dialog-element.ts";

@customElement("doorwatch-delete-dialog")
export class DeleteDialog extends DialogElement {
  protected override readonly heading = "delete.title";
  protected override readonly looks = "question";
  @property({ attribute: false }) clip!: Clip;
  /** The description of the clip. */
  @property({ attribute: false }) what = "";

  /** Restore the focus before emitting the event. */
  private confirm(): void {
    this.close();
    this.dispatchEvent(new CustomEvent("delete"));
  }

  protected override content(): TemplateResult {
    const { strings, clip } = this;
    return html`<div class="body">
        ${this.titleLine()}
        <p>${this.what}</p>
        ${
          clip.protected
            ? html`<p><strong>${strings.text("delete.protected")}</strong></p>`
            : nothing
        }
        <p class="muted">${strings.text("delete.final")}</p>
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
