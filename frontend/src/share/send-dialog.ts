/** The dialog to send a copy of a clip to someone: cut and cover it, watch it, send it. */

import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { download } from "../ha/download.ts";
import { urlOf } from "../ha/hass.ts";
import { ClipEditing } from "./clip-editing.ts";
import { PrepareDialog } from "./prepare-dialog.ts";
import { renderSendReview } from "./send-review.ts";
import { SendSession } from "./send-session.ts";
import { editsOf } from "./share-form.ts";
import { SEND_STEPS } from "./share-steps.ts";

@customElement("doorwatch-send-dialog")
export class SendDialog extends PrepareDialog {
  protected override readonly texts = "send";
  protected override session!: SendSession;
  protected override editing!: ClipEditing;
  @state() private unplayable = false;

  protected override begin(): void {
    const { connection } = this.hass;
    this.session = new SendSession(
      connection,
      (path) => urlOf(this.hass, path),
      () => this.sessionChanged(),
    );
    this.editing = new ClipEditing(SEND_STEPS, connection, this.clip, () =>
      this.requestUpdate(),
    );
  }

  protected override prepare(): void {
    const { clip, editing } = this;
    this.unplayable = false;
    void this.session.prepare({
      clip_id: clip.clip_id,
      edits: editsOf(editing.form, clip),
    });
  }

  protected override get heading(): string {
    const { phase } = this.session;
    if (phase.name === "preparing") return "send.preparing_title";
    if (phase.name === "ready") return "send.review_title";
    return this.editing.blocked || this.editing.isFirst
      ? "send.title"
      : `share.step.${this.editing.step}`;
  }

  protected override content(): TemplateResult {
    const { strings, locale, session, editing } = this;
    const { phase } = session;
    if (phase.name !== "ready") return this.waiting(phase);
    return html`${this.progress()}
    ${renderSendReview({
      strings,
      locale,
      ready: phase,
      covered: editing.form.covers.length > 0,
      unplayable: this.unplayable,
      failure: session.failure,
      choosing: session.choosing,
      passedOn: session.passedOn,
      connected: this.hass.connected,
      onUnplayable: () => (this.unplayable = true),
      back: () => session.edit(),
      download: () => download(this.hass, phase.copy.download),
      send: () => void session.send(),
    })}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-send-dialog": SendDialog;
  }
}
