/**
 * The dialog of the guard: choose, look at exactly what will be sent, tap once.
 *
 * Nothing is shared from the first step. The second step shows the file and the notice that
 * Home Assistant prepared; its one button takes only a real tap.
 */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { inWords } from "../clips/clip-words.ts";
import type { TimedShare } from "../api/home-feed.ts";
import { urlOf } from "../ha/hass.ts";
import { icon } from "../ui/icons.ts";
import { canPlay } from "../clips/playable.ts";
import { problemText, renderProblem } from "../ui/problem.ts";
import { ShareSession } from "./share-session.ts";
import { shareDialogStyles } from "./share-dialog-styles.ts";
import {
  emptyForm,
  mistakes,
  requestOf,
  type Mistake,
  type ShareForm,
} from "./share-form.ts";
import { renderShareForm } from "./share-form-view.ts";
import { byHand, renderNotice, unknownSentences } from "./share-notice.ts";
import { renderSharePreview } from "./share-preview.ts";
import "./share-status.ts";
import { FINISHED } from "./share-words.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { keepLink } from "./upload-link.ts";

const PIN_PROBLEMS = ["pin_required", "pin_wrong", "pin_locked"];

@customElement("doorwatch-share-dialog")
export class ShareDialog extends DialogElement {
  static override readonly styles = [DialogElement.styles, shareDialogStyles];

  protected override readonly wayOut = "share.close";
  protected override readonly focusesTitle = true;

  @property({ attribute: false }) clip!: api.Clip;
  @property({ attribute: false }) doorbell = "";
  /** The agency that a proposal named; the person can choose another one. */
  @property({ attribute: false }) agencyId: string | null = null;
  @property({ attribute: false }) shares: readonly TimedShare[] = [];

  @state() private form!: ShareForm;
  @state() private agencies: api.Agency[] | undefined;
  /** Why nobody can share at this page, whatever they choose. */
  @state() private refusal: api.Failure | undefined;
  @state() private askPin = false;
  @state() private showMistakes = false;
  @state() private previewFailed = false;
  @state() private sourceUrl: string | undefined;
  @state() private strip: api.Strip | undefined;
  @state() private minutesLeft = 0;
  private session!: ShareSession;
  private plays = true;
  private wantsSmall = false; // the file itself did not play
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.session = new ShareSession(this.hass.connection, () => this.sessionChanged());
    this.form = emptyForm(this.hass.user?.name ?? "");
    this.timer = setInterval(() => this.countDown(), 5_000);
    void this.load();
    void this.loadStrip();
    void canPlay(this.clip).then((plays) => (this.plays = plays));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.session.close();
  }

  private async load(): Promise<void> {
    try {
      const [{ agencies, refusal }, link] = await Promise.all([
        api.agencies(this.hass.connection),
        api.link(this.hass.connection, this.clip.clip_id),
      ]);
      this.agencies = agencies;
      this.refusal = refusal ?? undefined;
      this.sourceUrl = urlOf(this.hass, link.url);
      const usable = agencies.filter((one) => one.available);
      const first = usable.length === 1 ? usable[0]?.agency_id : undefined;
      const proposed = usable.find((one) => one.agency_id === this.agencyId);
      this.change({ agencyId: proposed?.agency_id ?? first ?? "" });
    } catch (error) {
      this.agencies ??= [];
      this.session.failure = api.failureOf(error);
      this.requestUpdate();
    }
  }

  /** Without it the part can be typed. */
  private async loadStrip(): Promise<void> {
    try {
      this.strip = await api.strip(this.hass.connection, this.clip.clip_id);
    } catch {
      this.strip = undefined;
    }
  }

  private sessionChanged(): void {
    const { failure, phase } = this.session;
    if (this.pinProblem) this.askPin = true;
    // The PIN is asked again for every prepare; it is kept nowhere.
    if (phase.name === "ready" || failure) this.change({ pin: "" });
    if (phase.name === "ready") {
      this.previewFailed = false;
      this.countDown();
    }
    if (phase.name === "sent" && this.agency?.upload_page) {
      keepLink(phase.shareId, this.form.link);
    }
    this.requestUpdate();
  }

  /** What is wrong with the PIN; it is said beside its field, at the form's end. */
  private get pinProblem(): api.Failure | undefined {
    const { failure } = this.session;
    return failure && PIN_PROBLEMS.includes(failure.code) ? failure : undefined;
  }

  private step: api.Failure | string = "form";
  /** Each new step is read from its top; progress within one leaves the focus alone. */
  protected override updated(): void {
    const { failure, phase } = this.session;
    const step = failure ?? phase.name;
    if (step === this.step) return;
    this.step = step;
    if (step === "tapped") return;
    this.renderRoot.querySelector(".body")?.scrollTo(0, 0);
    const target = this.pinProblem
      ? this.renderRoot.querySelector<HTMLElement>("[name=pin]")
      : this.renderRoot.querySelector<HTMLElement>("h2");
    target?.focus();
  }

  private countDown(): void {
    const { phase } = this.session;
    if (phase.name !== "ready") return;
    this.minutesLeft = Math.floor((phase.expiresAt - performance.now()) / 60_000);
  }

  private get mistakes(): Set<Mistake> {
    return mistakes(this.form, this.clip, this.agencies ?? [], this.strip);
  }

  private get agency(): api.Agency | undefined {
    return this.agencies?.find((one) => one.agency_id === this.form.agencyId);
  }

  private readonly change = (part: Partial<ShareForm>): void => {
    this.form = { ...this.form, ...part };
  };

  private readonly prepare = (event: Event): void => {
    event.preventDefault();
    this.showMistakes = true;
    if (this.mistakes.size > 0) {
      void this.updateComplete.then(() =>
        this.renderRoot
          .querySelector<HTMLElement>(
            "[aria-invalid=true], fieldset.invalid :is(input, doorwatch-cover-editor)",
          )
          ?.focus(),
      );
      return;
    }
    this.renderRoot.querySelector("video")?.pause();
    this.askToPrepare();
  };

  private askToPrepare(): void {
    // Covered areas are painted in H.264, whatever the clip is.
    const small = this.wantsSmall || (!this.plays && this.form.covers.length === 0);
    void this.session.prepare(requestOf(this.form, this.clip, this.agency, small));
  }

  /** With a PIN, Home Assistant asks for it again. */
  private readonly prepareSmall = (): void => {
    this.wantsSmall = true;
    this.askToPrepare();
  };

  protected override closed(): void {
    this.session.close();
    super.closed();
  }

  protected override get heading(): string {
    const { phase } = this.session;
    if (phase.name === "sent") return "share.sent_title";
    if (phase.name !== "ready" && phase.name !== "tapped") return "share.title";
    return byHand(phase.ready.notice)
      ? "share.review_title_hand"
      : "share.review_title";
  }

  protected override content(): TemplateResult {
    const { phase } = this.session;
    switch (phase.name) {
      case "form":
        return this.formStep();
      case "preparing":
        return this.preparingStep(phase);
      case "sent":
        return this.sentStep(phase.shareId);
      default:
        return this.reviewStep(phase.ready, phase.name === "tapped" || phase.seen);
    }
  }

  private formStep(): TemplateResult {
    const { strings, clip, pinProblem } = this;
    const failure = this.refusal ?? (pinProblem ? undefined : this.session.failure);
    return html`<form class="body" id="form" novalidate @submit=${this.prepare}>
        <p class="which">
          ${inWords(strings, this.locale, "share.clip", clip, this.doorbell)}
        </p>
        <p class="muted">${strings.text("share.nothing_sent")}</p>
        ${renderProblem(strings, failure)}
        ${
          this.refusal
            ? nothing
            : renderShareForm({
                strings,
                clip,
                strip: this.strip,
                form: this.form,
                agencies: this.agencies,
                sourceUrl: this.sourceUrl,
                askPin: this.askPin,
                pinProblem: pinProblem && problemText(strings, pinProblem),
                mistakes: this.showMistakes ? this.mistakes : new Set(),
                change: this.change,
              })
        }
      </form>
      <footer>
        <button @click=${this.close}>${strings.text("share.cancel")}</button>
        <button
          class="primary"
          type="submit"
          form="form"
          ?disabled=${
            !this.agencies?.length || this.refusal !== undefined || !this.hass.connected
          }
        >
          ${strings.text("share.prepare")}
        </button>
      </footer>`;
  }

  private preparingStep({
    stage,
    fraction,
  }: {
    stage: string;
    fraction: number;
  }): TemplateResult {
    const key = `share.preparing.${stage}`;
    const words = this.strings.text(
      this.strings.has(key) ? key : "share.preparing.other",
    );
    return html`<div class="body waiting">
        <p role="status">${words}</p>
        <progress max="1" .value=${fraction} aria-label=${words}></progress>
      </div>
      <footer>
        <button @click=${() => this.session.edit()}>
          ${this.strings.text("share.cancel")}
        </button>
      </footer>`;
  }

  private reviewStep(
    ready: Extract<api.PrepareEvent, { type: "ready" }>,
    seen: boolean,
  ): TemplateResult {
    const { strings } = this;
    const tapped = this.session.phase.name === "tapped";
    const { notice } = ready;
    const blocked = unknownSentences(notice, strings).length > 0;
    return html`<div class="body review">
        ${renderSharePreview({
          strings,
          clip: this.clip,
          url: urlOf(this.hass, ready.preview_url),
          small: ready.small_preview,
          byHand: byHand(notice),
          seen,
          failed: this.previewFailed,
          connected: this.hass.connected,
          onPicture: () => this.session.pictureShown(),
          onFailure: () => (this.previewFailed = true),
          makeSmall: this.prepareSmall,
        })}
        ${renderNotice(notice, {
          strings,
          locale: this.locale,
          zone: this.clip.timezone,
        })}
      </div>
      <footer>
        <p class="muted valid">
          ${
            tapped
              ? strings.text("share.tapped")
              : strings.text("share.valid_for", {
                  minutes: Math.max(0, this.minutesLeft),
                })
          }
        </p>
        <button ?disabled=${tapped} @click=${() => this.session.edit()}>
          ${strings.text("share.change")}
        </button>
        <button
          class="primary share"
          ?disabled=${tapped || blocked || !seen || !this.hass.connected}
          aria-label=${strings.text("share.button_label", { host: notice.agency.host })}
          @click=${(event: Event) => void this.session.share(event)}
        >
          ${icon("share")} ${strings.text("share.button")}
        </button>
      </footer>`;
  }

  private sentStep(shareId: string): TemplateResult {
    const { strings } = this;
    const share = this.shares.find((one) => one.share_id === shareId);
    const byHand = share?.hand_over_until ? "_hand" : "";
    return html`<div class="body">
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
            : html`<p class="muted">${strings.text(`status.close_hint${byHand}`)}</p>`
        }
      </div>
      <footer>
        <button @click=${this.close}>${strings.text("share.close")}</button>
      </footer>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-share-dialog": ShareDialog;
  }
}
