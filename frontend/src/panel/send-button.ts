/** The button to send a copy of a clip to someone, with its dialog, which is loaded on first use. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { Lazy, renderLazy } from "../ui/lazy.ts";
import { shared } from "../ui/styles.ts";

@customElement("doorwatch-send-button")
export class SendButton extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: contents;
      }
      @media (max-width: 600px) {
        button {
          flex: 1 1 auto;
          padding: 0 12px;
        }
      }
    `,
  ];

  @property({ attribute: false }) clip!: Clip;
  @property({ attribute: false }) doorbell = "";
  @state() private open = false;
  private readonly dialog = new Lazy(
    () => import("../share/send-dialog.ts"),
    () => this.requestUpdate(),
  );

  protected override willUpdate(changed: Map<string, unknown>): void {
    const before = changed.get("clip") as Clip | undefined;
    if (before && before.clip_id !== this.clip.clip_id && this.open) this.toggle(false);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.open) this.toggle(false);
  }

  private toggle(open: boolean): void {
    this.open = open;
    this.dispatchEvent(new CustomEvent<boolean>("send-toggled", { detail: open }));
  }

  protected override render(): TemplateResult {
    return html`<button
        ?disabled=${!this.hass.connected}
        @click=${() => this.toggle(true)}
      >
        ${icon("send")} ${this.strings.text("page.clip.send")}
      </button>
      ${this.open ? this.renderDialog() : nothing}`;
  }

  private renderDialog(): TemplateResult | typeof nothing {
    return renderLazy(
      this.strings,
      this.dialog,
      () =>
        html`<doorwatch-send-dialog
          .clip=${this.clip}
          .doorbell=${this.doorbell}
          @dialog-closed=${() => this.toggle(false)}
        ></doorwatch-send-dialog>`,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-send-button": SendButton;
  }
}
