/** The share dialog, whose content is loaded when it is first opened. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { HomeElement } from "../ha/home-element.ts";
import { Lazy, renderLazy } from "../ui/lazy.ts";
import { shared } from "../ui/styles.ts";
import type { Asked } from "./share-editing.ts";

@customElement("doorwatch-share-dialog")
export class ShareDialog extends HomeElement {
  static override readonly styles = [shared];

  @property({ attribute: false }) clip!: Clip;
  @property({ attribute: false }) doorbell = "";
  /** The agency of a suggestion; the person can select another one. */
  @property({ attribute: false }) agencyId: string | null = null;
  /** The request to answer. */
  @property({ attribute: false }) request: Asked | null = null;
  @property({ attribute: false }) shares: readonly TimedShare[] = [];
  private readonly content = new Lazy(
    () => import("./share-dialog-content.ts"),
    () => this.requestUpdate(),
  );

  protected override render(): TemplateResult | typeof nothing {
    return renderLazy(
      this.strings,
      this.content,
      () =>
        html`<doorwatch-share-dialog-content
          .clip=${this.clip}
          .doorbell=${this.doorbell}
          .agencyId=${this.agencyId}
          .request=${this.request}
          .shares=${this.shares}
          @dialog-closed=${() => this.dispatchEvent(new CustomEvent("dialog-closed"))}
        ></doorwatch-share-dialog-content>`,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-dialog": ShareDialog;
  }
}
