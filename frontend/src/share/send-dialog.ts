/** The dialog to send a copy of a clip to someone: cut and cover it, watch it, send it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { inWords } from "../clips/clip-words.ts";
import { download } from "../ha/download.ts";
import { urlOf } from "../ha/hass.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { SEND_STEPS, SendEditing } from "./send-editing.ts";
import { renderSendReview } from "./send-review.ts";
import { SendSession, type SendPhase } from "./send-session.ts";
import { renderBlocked } from "./share-blocked.ts";
import { shareDialogStyles } from "./share-dialog-styles.ts";
import { renderProgress } from "./share-progress.ts";
import { stepOfFailure } from "./share-steps.ts";
import { renderCoverStep } from "./step-cover.ts";
import { renderPartStep } from "./step-part.ts";

const RENDER = { part: renderPartStep, cover: renderCoverStep };
/** The review is the last step. */
const COUNT = SEND_STEPS.length + 1;

@customElement("doorwatch-send-dialog")
export class SendDialog extends DialogElement {
  static override readonly styles = [DialogElement.styles, shareDialogStyles];

  protected override readonly wayOut = "share.close";
  protected override readonly focusesTitle = true;

  @property({ attribute: false }) clip!: Clip;
  @property({ attribute: false }) doorbell = "";

  @state() private unplayable = false;
  private session!: SendSession;
  private editing!: SendEditing;
  private place: string = SEND_STEPS[0];

  override connectedCallback(): void {
    super.connectedCallback();
    const { connection } = this.hass;
    this.session = new SendSession(
      connection,
      (path) => urlOf(this.hass, path),
      () => this.sessionChanged(),
    );
    this.editing = new SendEditing(connection, this.clip, () => this.requestUpdate());
    void this.editing.load();
    void this.editing.loadStrip();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.close();
  }

  private sessionChanged(): void {
    const { failure, phase } = this.session;
    if (phase.name === "form" && failure)
      this.editing.go(stepOfFailure(failure.code) === "part" ? "part" : "cover");
    if (phase.name === "preparing") this.unplayable = false;
    this.requestUpdate();
  }

  /** Focus the title of each new step; progress within a step keeps the focus. */
  protected override updated(): void {
    const { phase } = this.session;
    const place = phase.name === "form" ? this.editing.step : phase.name;
    if (place === this.place) return;
    this.place = place;
    this.renderRoot.querySelector(".body")?.scrollTo(0, 0);
    this.focusOn("h2");
  }

  private focusOn(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  private readonly back = (): void => {
    this.session.failure = undefined;
    this.editing.go("part");
  };

  private readonly next = (event: Event): void => {
    event.preventDefault();
    this.renderRoot.querySelector("video")?.pause();
    const went = this.editing.next();
    if (went === "done") void this.session.prepare(this.editing.request);
    if (went === "moved") this.session.failure = undefined;
    if (went === "wrong")
      void this.updateComplete.then(() =>
        this.focusOn(
          "input[aria-invalid=true], fieldset.invalid :is(input, doorwatch-cover-editor)",
        ),
      );
  };

  protected override closed(): void {
    this.session.close();
    super.closed();
  }

  protected override get heading(): string {
    const { phase } = this.session;
    if (phase.name === "preparing") return "send.preparing_title";
    if (phase.name === "ready") return "send.review_title";
    return this.editing.refusal || this.editing.step === "part"
      ? "send.title"
      : `share.step.${this.editing.step}`;
  }

  protected override content(): TemplateResult {
    const { phase } = this.session;
    if (phase.name === "preparing") return this.preparingStep(phase);
    if (phase.name === "ready") return this.reviewStep(phase);
    return this.editing.refusal ? this.blockedStep() : this.formStep();
  }

  private which(): TemplateResult {
    const { strings, locale, clip, doorbell } = this;
    return html`<p class="which">
      ${inWords(strings, locale, "share.clip", clip, doorbell)}
    </p>`;
  }

  private blockedStep(): TemplateResult {
    const { strings, editing } = this;
    const { refusal, administrators } = editing;
    return html`<div class="body blocked">
        ${this.which()}
        ${renderBlocked({
          strings,
          blocked: { why: "elsewhere", ...(refusal ? { refusal } : {}) },
          administrators,
          isAdmin: this.hass.user?.is_admin ?? false,
          leave: this.close,
        })}
      </div>
      <footer>
        <button @click=${this.close}>${strings.text("share.close")}</button>
      </footer>`;
  }

  private formStep(): TemplateResult {
    const { strings, clip, editing } = this;
    const { step, form, strip, source } = editing;
    const first = step === "part";
    return html`${renderProgress(strings, SEND_STEPS.indexOf(step) + 1, COUNT)}
      <form class="body" id="form" novalidate @submit=${this.next}>
        ${renderProblem(strings, this.session.failure ?? editing.failure)}
        ${
          first
            ? html`${this.which()}
                <p class="muted">${strings.text("send.hint")}</p>`
            : nothing
        }
        ${RENDER[step]({
          strings,
          clip,
          strip,
          form,
          sourceUrl: source && urlOf(this.hass, source),
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
          ?disabled=${!first && !this.hass.connected}
        >
          ${strings.text(first ? "share.next" : "send.prepare")}
        </button>
      </footer>`;
  }

  private preparingStep({
    stage,
    fraction,
  }: Extract<SendPhase, { name: "preparing" }>): TemplateResult {
    const { strings } = this;
    const key = stage === "loading" ? "send.loading" : `share.preparing.${stage}`;
    const words = strings.text(strings.has(key) ? key : "share.preparing.other");
    return html`${renderProgress(strings, COUNT, COUNT)}
      <div class="body waiting">
        <p role="status">${words}</p>
        <progress max="1" .value=${fraction} aria-label=${words}></progress>
      </div>
      <footer>
        <button @click=${() => this.session.edit()}>
          ${strings.text("share.cancel")}
        </button>
      </footer>`;
  }

  private reviewStep(ready: Extract<SendPhase, { name: "ready" }>): TemplateResult {
    const { strings, locale, session } = this;
    return html`${renderProgress(strings, COUNT, COUNT)}
    ${renderSendReview({
      strings,
      locale,
      ready,
      covered: this.editing.form.covers.length > 0,
      unplayable: this.unplayable,
      failure: session.failure,
      choosing: session.choosing,
      passedOn: session.passedOn,
      connected: this.hass.connected,
      onUnplayable: () => (this.unplayable = true),
      back: () => session.edit(),
      download: () => download(this.hass, ready.copy.download),
      send: () => void session.send(),
    })}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-send-dialog": SendDialog;
  }
}
