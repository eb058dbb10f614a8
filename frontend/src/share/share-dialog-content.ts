/**
 * The share dialog: select in steps, review exactly what will be sent, confirm with one tap.
 *
 * The first steps share nothing. The last one shows the file and the notice that Home Assistant
 * prepared; its button accepts only a real tap.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { inWords } from "../clips/clip-words.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { urlOf } from "../ha/hass.ts";
import { canPlay } from "../clips/playable.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { renderBlocked, type Blocked } from "./share-blocked.ts";
import { shareDialogStyles } from "./share-dialog-styles.ts";
import { ShareEditing, type Asked } from "./share-editing.ts";
import type { StepContext } from "./share-fields.ts";
import { requestOf } from "./share-form.ts";
import { byHand } from "./share-notice.ts";
import { renderDraftNote, renderProgress } from "./share-progress.ts";
import { ShareSession, type Phase } from "./share-session.ts";
import "./share-status.ts";
import { beside, STEP_COUNT, stepOfFailure, STEPS, type Step } from "./share-steps.ts";
import { FINISHED } from "./share-words.ts";
import { renderCoverStep } from "./step-cover.ts";
import { renderPartStep } from "./step-part.ts";
import { renderRecipientStep } from "./step-recipient.ts";
import { renderReviewStep } from "./step-review.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { toast } from "../ui/toast.ts";
import { keepLink } from "./upload-link.ts";

const PIN_PROBLEMS = ["pin_required", "pin_wrong", "pin_locked"];

const RENDER: Record<Step, (context: StepContext) => TemplateResult> = {
  part: renderPartStep,
  cover: renderCoverStep,
  recipient: renderRecipientStep,
};

/** Phases by name. */
type Of<Name extends Phase["name"]> = Extract<Phase, { name: Name }>;

@customElement("doorwatch-share-dialog-content")
export class ShareDialogContent extends DialogElement {
  static override readonly styles = [DialogElement.styles, shareDialogStyles];

  protected override readonly wayOut = "share.close";
  protected override readonly focusesTitle = true;

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) doorbell = "";
  /** The agency of a suggestion; the person can select another one. */
  @property({ attribute: false }) agencyId: string | null = null;
  /** The request to answer. */
  @property({ attribute: false }) request: Asked | null = null;
  @property({ attribute: false }) shares: readonly TimedShare[] = [];

  @state() private askPin = false;
  @state() private doubted = false;
  @state() private previewFailed = false;
  @state() private minutesLeft = 0;
  private session!: ShareSession;
  private editing!: ShareEditing;
  private plays = true;
  private wantsSmall = false; // the file itself could not be played
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const { connection, user } = this.hass;
    this.session = new ShareSession(connection, () => this.sessionChanged());
    this.editing = new ShareEditing(
      connection,
      this.clip,
      user?.name ?? "",
      () => this.requestUpdate(),
      this.request,
    );
    this.timer = setInterval(() => this.countDown(), 5_000);
    void this.load();
    void this.editing.loadStrip();
    void canPlay(this.clip).then((plays) => (this.plays = plays));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.editing.keep();
    this.session.close();
  }

  private async load(): Promise<void> {
    try {
      await this.editing.load(this.agencyId);
    } catch (error) {
      this.session.failure = api.failureOf(error);
      this.requestUpdate();
    }
  }

  private sessionChanged(): void {
    const { failure, phase } = this.session;
    if (this.pinProblem) this.askPin = true;
    if (failure?.code === "clip_does_not_match") this.doubted = true;
    // The PIN is required for every prepare and never stored.
    if (phase.name === "ready" || failure) this.editing.change({ pin: "" });
    if (failure) this.editing.go(stepOfFailure(failure.code));
    if (phase.name === "ready") {
      this.previewFailed = false;
      this.countDown();
    }
    if (phase.name === "sent") {
      const { agency, form } = this.editing;
      this.editing.shared();
      if (agency?.upload_page) keepLink(this.hass.user?.id, phase.shareId, form.link);
    }
    this.requestUpdate();
  }

  /** The error of the PIN, which is shown next to its field. */
  private get pinProblem(): api.Failure | undefined {
    const { failure } = this.session;
    return failure && PIN_PROBLEMS.includes(failure.code) ? failure : undefined;
  }

  private place: api.Failure | string = STEPS[0];
  /** Focus the title of each new step; progress within a step keeps the focus. */
  protected override updated(): void {
    const { failure, phase } = this.session;
    const place = failure ?? (phase.name === "form" ? this.editing.step : phase.name);
    if (place === this.place) return;
    this.place = place;
    if (place === "tapped") return;
    this.renderRoot.querySelector(".body")?.scrollTo(0, 0);
    this.focusOn(this.pinProblem ? "[name=pin]" : "h2");
  }

  private focusOn(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  private countDown(): void {
    const { phase } = this.session;
    if (phase.name !== "ready") return;
    this.minutesLeft = Math.floor((phase.expiresAt - performance.now()) / 60_000);
  }

  private readonly startOver = (): void => {
    this.session.failure = undefined;
    this.editing.startOver();
    this.focusOn("h2");
  };

  private readonly back = (): void => {
    this.session.failure = undefined;
    this.editing.back();
  };

  private readonly next = (event: Event): void => {
    event.preventDefault();
    this.renderRoot.querySelector("video")?.pause();
    const went = this.editing.next();
    if (went === "done") this.askToPrepare();
    if (went === "moved") {
      this.session.failure = undefined;
      if (!this.editing.agencies) void this.load();
    }
    if (went === "wrong")
      void this.updateComplete.then(() =>
        this.focusOn(
          "input[aria-invalid=true], fieldset.invalid :is(input, doorwatch-cover-editor)",
        ),
      );
  };

  private askToPrepare(): void {
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
    this.askToPrepare();
  };

  protected override closed(): void {
    const { name } = this.session.phase;
    this.session.close();
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
    const { blocked } = this.editing;
    switch (phase.name) {
      case "form":
        return blocked ? this.blockedStep(blocked) : this.formStep();
      case "preparing":
        return this.preparingStep(phase);
      case "sent":
        return this.sentStep(phase);
      default:
        return this.reviewStep(phase);
    }
  }

  private which(): TemplateResult {
    const { strings, locale, clip, doorbell } = this;
    const { answered } = this.editing;
    return html`<p class="which">
        ${inWords(strings, locale, "share.clip", clip, doorbell)}
      </p>
      ${
        answered === undefined
          ? nothing
          : html`<p>${strings.text("share.answers")} <bdi>${answered}</bdi></p>`
      }`;
  }

  private closeOnly(): TemplateResult {
    return html`<footer>
      <button @click=${this.close}>${this.strings.text("share.close")}</button>
    </footer>`;
  }

  private blockedStep(blocked: Blocked): TemplateResult {
    return html`<div class="body blocked">
        ${this.which()}
        ${renderBlocked({
          strings: this.strings,
          blocked,
          administrators: this.editing.agencies?.administrators ?? [],
          isAdmin: this.hass.user?.is_admin ?? false,
          leave: this.close,
        })}
      </div>
      ${this.closeOnly()}`;
  }

  private formStep(): TemplateResult {
    const { strings, locale, clip, editing, pinProblem } = this;
    const { step, form, agencies, strip, source } = editing;
    const first = step === STEPS[0];
    const last = beside(step, 1) === undefined;
    const skips = step === "cover" && form.covers.length === 0;
    return html`${renderProgress(strings, STEPS.indexOf(step) + 1)}
      <form class="body" id="form" novalidate @submit=${this.next}>
        ${renderDraftNote({
          strings,
          locale,
          at: editing.draftAt,
          startOver: this.startOver,
        })}
        ${renderProblem(strings, pinProblem ? undefined : this.session.failure)}
        ${
          first
            ? html`${this.which()}
                <p class="muted">${strings.text("share.nothing_sent")}</p>`
            : nothing
        }
        ${RENDER[step]({
          strings,
          clip,
          strip,
          form,
          agencies: editing.choices,
          answered: editing.answered,
          doubted: this.doubted,
          sourceUrl: source && urlOf(this.hass, source),
          askPin: this.askPin,
          pinProblem: pinProblem && problemText(strings, pinProblem),
          mistakes: editing.showMistakes ? editing.mistakes : new Set(),
          change: (part) => editing.change(part),
        })}
      </form>
      <footer>
        <button @click=${first ? this.close : this.back}>
          ${strings.text(first ? "share.cancel" : "share.back")}
        </button>
        <button
          class="primary"
          type="submit"
          form="form"
          ?disabled=${last && (!agencies || !this.hass.connected)}
        >
          ${strings.text(last ? "share.prepare" : skips ? "share.skip" : "share.next")}
        </button>
      </footer>`;
  }

  private preparingStep({ stage, fraction }: Of<"preparing">): TemplateResult {
    const key = `share.preparing.${stage}`;
    const words = this.strings.text(
      this.strings.has(key) ? key : "share.preparing.other",
    );
    return html`${renderProgress(this.strings, STEP_COUNT)}
      <div class="body waiting">
        <p role="status">${words}</p>
        <progress max="1" .value=${fraction} aria-label=${words}></progress>
      </div>
      <footer>
        <button @click=${() => this.session.edit()}>
          ${this.strings.text("share.cancel")}
        </button>
      </footer>`;
  }

  private reviewStep(phase: Of<"ready" | "tapped">): TemplateResult {
    const tapped = phase.name === "tapped";
    return renderReviewStep({
      strings: this.strings,
      locale: this.locale,
      clip: this.clip,
      ready: phase.ready,
      url: urlOf(this.hass, phase.ready.preview_url),
      seen: tapped || phase.seen,
      failed: this.previewFailed,
      tapped,
      connected: this.hass.connected,
      minutesLeft: Math.max(0, this.minutesLeft),
      onPicture: () => this.session.pictureShown(),
      onFailure: () => (this.previewFailed = true),
      makeSmall: this.prepareSmall,
      back: () => this.session.edit(),
      share: (event) => void this.session.share(event),
    });
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
