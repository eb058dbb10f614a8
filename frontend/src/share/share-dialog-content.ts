/**
 * The share dialog: select in steps, review exactly what will be sent, confirm with one tap.
 *
 * The first steps share nothing. The last one shows the file and the notice that Home Assistant
 * prepared; its button accepts only a real tap.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { TimedShare } from "../api/home-feed.ts";
import { canPlay } from "../clips/playable.ts";
import { urlOf } from "../ha/hass.ts";
import { problemText } from "../ui/problem.ts";
import { toast } from "../ui/toast.ts";
import { PrepareDialog } from "./prepare-dialog.ts";
import { ShareEditing, type Asked } from "./share-editing.ts";
import type { EditContext } from "./share-fields.ts";
import { requestOf } from "./share-form.ts";
import { byHand } from "./share-notice.ts";
import { renderDraftNote } from "./share-progress.ts";
import { ShareSession, type Shown } from "./share-session.ts";
import "./share-status.ts";
import { FINISHED } from "./share-words.ts";
import { renderRecipientStep } from "./step-recipient.ts";
import { renderReviewStep } from "./step-review.ts";
import { keepLink } from "./upload-link.ts";

/** Phases by name. */
type Of<Name extends Shown["name"]> = Extract<Shown, { name: Name }>;

@customElement("doorwatch-share-dialog-content")
export class ShareDialogContent extends PrepareDialog {
  /** The agency of a suggestion; the person can select another one. */
  @property({ attribute: false }) agencyId: string | null = null;
  /** The request to answer. */
  @property({ attribute: false }) request: Asked | null = null;
  @property({ attribute: false }) shares: readonly TimedShare[] = [];

  @state() private previewFailed = false;
  protected override readonly texts = "share";
  protected override session!: ShareSession;
  protected override editing!: ShareEditing;
  private plays = true;
  private wantsSmall = false; // the file itself could not be played
  private timer: ReturnType<typeof setInterval> | undefined;

  protected override begin(): void {
    const { connection, user } = this.hass;
    this.session = new ShareSession(connection, () => this.sessionChanged());
    this.editing = new ShareEditing(
      connection,
      this.clip,
      () => this.requestUpdate(),
      user?.name ?? "",
      this.agencyId,
      this.request,
    );
    // The minutes that are left.
    this.timer = setInterval(() => this.requestUpdate(), 5_000);
    void canPlay(this.clip).then((plays) => (this.plays = plays));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.editing.keep();
  }

  protected override sessionChanged(): void {
    const { phase } = this.session;
    // The PIN is required for every prepare and never stored.
    if (phase.name !== "preparing" && this.editing.form.pin)
      this.editing.change({ pin: "" });
    if (phase.name === "ready") this.previewFailed = false;
    if (phase.name === "sent") {
      const { agency, form } = this.editing;
      this.editing.shared();
      if (agency?.upload_page) keepLink(this.hass.user?.id, phase.shareId, form.link);
    }
    super.sessionChanged();
  }

  protected override get focused(): string {
    return this.session.pinProblem ? "[name=pin]" : super.focused;
  }

  private readonly startOver = (): void => {
    this.session.failure = undefined;
    this.editing.startOver();
    this.focusOn("h2");
  };

  protected override prepare(): void {
    const { form, agency } = this.editing;
    // Copies with covered areas are H.264, whatever the clip is.
    const small = this.wantsSmall || (!this.plays && form.covers.length === 0);
    void this.session.prepare({
      ...requestOf(form, this.clip, agency, small),
      // The consent record has the language in which the notice was read.
      language: this.strings.languageOf("notice.sentences.others_visible"),
    });
  }

  /** If there is a PIN, Home Assistant asks for it again. */
  private readonly prepareSmall = (): void => {
    this.wantsSmall = true;
    this.prepare();
  };

  protected override closed(): void {
    const { name } = this.session.phase;
    // Confirmed shares are being sent, as far as this page knows.
    if (name === "tapped") this.editing.shared();
    if (this.editing.keep() && name !== "sent")
      toast(this, this.strings.text("share.draft_kept"));
    super.closed();
  }

  protected override get heading(): string {
    const { phase } = this.session;
    if (phase.name === "form")
      return this.editing.blocked ? "share.title" : `share.step.${this.editing.step}`;
    if (phase.name === "preparing") return "share.preparing_title";
    if (phase.name === "sent") return "share.sent_title";
    return byHand(phase.ready.notice)
      ? "share.review_title_hand"
      : "share.review_title";
  }

  protected override content(): TemplateResult {
    const { phase } = this.session;
    if (phase.name === "form" || phase.name === "preparing") return this.waiting(phase);
    return phase.name === "sent" ? this.sentStep(phase) : this.reviewStep(phase);
  }

  protected override which(): TemplateResult {
    const { answered } = this.editing;
    return html`${super.which()}
    ${
      answered === undefined
        ? nothing
        : html`<p>${this.strings.text("share.answers")} <bdi>${answered}</bdi></p>`
    }`;
  }

  protected override above(): TemplateResult {
    const { strings, locale, startOver } = this;
    return html`${renderDraftNote({
      strings,
      locale,
      at: this.editing.draftAt,
      startOver,
    })}
    ${this.session.pinProblem ? nothing : super.above()}`;
  }

  protected override renderStep(context: EditContext): TemplateResult {
    if (!this.editing.isLast) return super.renderStep(context);
    const { strings, editing, session } = this;
    const { pinProblem } = session;
    return renderRecipientStep({
      ...context,
      agencies: editing.choices,
      answered: editing.answered,
      doubted: session.doubted,
      askPin: session.askPin,
      pinProblem: pinProblem && problemText(strings, pinProblem),
    });
  }

  private reviewStep(phase: Of<"ready" | "tapped">): TemplateResult {
    const tapped = phase.name === "tapped";
    return html`${this.progress()}
    ${renderReviewStep({
      strings: this.strings,
      locale: this.locale,
      clip: this.clip,
      ready: phase.ready,
      url: urlOf(this.hass, phase.ready.preview_url),
      seen: tapped || phase.seen,
      failed: this.previewFailed,
      tapped,
      connected: this.hass.connected,
      minutesLeft: this.session.minutesLeft,
      onPicture: () => this.session.pictureShown(),
      onFailure: () => (this.previewFailed = true),
      makeSmall: this.prepareSmall,
      back: () => this.session.edit(),
      share: (event) => void this.session.share(event),
    })}`;
  }

  private sentStep({ shareId }: Of<"sent">): TemplateResult {
    const { strings } = this;
    const share = this.shares.find((one) => one.share_id === shareId);
    const hand = share?.hand_over_until ? "_hand" : "";
    return html`<div class="body">
        ${this.which()}
        ${
          share
            ? html`<doorwatch-share-status
                .share=${share}
                .zone=${this.clip.timezone}
                @share-again=${() => this.session.edit()}
              ></doorwatch-share-status>`
            : html`<p role="status">${strings.text("share.tapped")}</p>`
        }
        ${
          share && FINISHED.has(share.state)
            ? nothing
            : html`<p class="muted">${strings.text(`status.close_hint${hand}`)}</p>`
        }
      </div>
      ${this.closeOnly()}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-dialog-content": ShareDialogContent;
  }
}
