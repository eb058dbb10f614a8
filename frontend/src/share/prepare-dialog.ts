/** A dialog in which a person cuts and covers a clip, and then looks at the prepared file. */

import { html, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { failureOf, type Clip, type Failure } from "../api/commands.ts";
import { inWords } from "../clips/clip-words.ts";
import { urlOf } from "../ha/hass.ts";
import { DialogElement } from "../ui/dialog-element.ts";
import { renderProblem } from "../ui/problem.ts";
import type { ClipEditing } from "./clip-editing.ts";
import type { Waiting } from "./prepare-session.ts";
import { renderBlocked, type Blocked } from "./share-blocked.ts";
import { shareDialogStyles } from "./share-dialog-styles.ts";
import type { EditContext } from "./share-fields.ts";
import { renderProgress } from "./share-progress.ts";
import { renderCoverStep } from "./step-cover.ts";
import { renderPartStep } from "./step-part.ts";

/** What the frame needs of a session. */
interface Session {
  readonly phase: { name: string };
  failure: Failure | undefined;
  edit(): void;
  close(): void;
}

export abstract class PrepareDialog extends DialogElement {
  static override readonly styles = [DialogElement.styles, shareDialogStyles];

  protected override readonly wayOut = "share.close";
  protected override readonly focusesTitle = true;

  @property({ attribute: false }) clip!: Clip;
  @property({ attribute: false }) doorbell = "";

  protected abstract readonly session: Session;
  protected abstract readonly editing: ClipEditing;
  /** Where its texts are. */
  protected abstract readonly texts: "share" | "send";
  private place: Failure | string = "part";

  /** Create session and editing. */
  protected abstract begin(): void;
  protected abstract prepare(): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.begin();
    void this.load();
    void this.editing.loadStrip();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.close();
  }

  private async load(): Promise<void> {
    try {
      await this.editing.load();
    } catch (error) {
      this.session.failure = failureOf(error);
      this.requestUpdate();
    }
  }

  protected sessionChanged(): void {
    const { failure, phase } = this.session;
    if (phase.name === "form" && failure) this.editing.failed(failure);
    this.requestUpdate();
  }

  /** Focus the title of each new step; progress within a step keeps the focus. */
  protected override updated(): void {
    const { failure, phase } = this.session;
    const place = phase.name === "form" ? (failure ?? this.editing.step) : phase.name;
    if (place === this.place) return;
    this.place = place;
    if (place === "tapped") return;
    this.renderRoot.querySelector(".body")?.scrollTo(0, 0);
    this.focusOn(this.focused);
  }

  /** What gets the focus in a new step. */
  protected get focused(): string {
    return "h2";
  }

  protected focusOn(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  private readonly back = (): void => {
    this.session.failure = undefined;
    this.editing.back();
  };

  private readonly next = (event: Event): void => {
    event.preventDefault();
    this.renderRoot.querySelector("video")?.pause();
    const went = this.editing.next();
    if (went === "done") this.prepare();
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

  protected override closed(): void {
    this.session.close();
    super.closed();
  }

  protected which(): TemplateResult {
    const { strings, locale, clip, doorbell } = this;
    return html`<p class="which">
      ${inWords(strings, locale, "share.clip", clip, doorbell)}
    </p>`;
  }

  protected closeOnly(): TemplateResult {
    return html`<footer>
      <button @click=${this.close}>${this.strings.text("share.close")}</button>
    </footer>`;
  }

  /** The form, and the wait for the file. */
  protected waiting(phase: Waiting): TemplateResult {
    if (phase.name === "preparing") return this.preparingStep(phase);
    const { blocked } = this.editing;
    return blocked ? this.blockedStep(blocked) : this.formStep();
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

  protected progress(step = this.editing.steps.length + 1): TemplateResult {
    return renderProgress(this.strings, step, this.editing.steps.length + 1);
  }

  /** What comes before the form. */
  protected above(): TemplateResult | typeof nothing {
    return renderProblem(this.strings, this.session.failure);
  }

  protected renderStep(context: EditContext): TemplateResult {
    return this.editing.step === "part"
      ? renderPartStep(context)
      : renderCoverStep(context);
  }

  private formStep(): TemplateResult {
    const { strings, clip, editing, texts } = this;
    const { step, form, strip, source, isFirst, isLast } = editing;
    const skips = step === "cover" && form.covers.length === 0;
    const onward = isLast ? `${texts}.prepare` : skips ? "share.skip" : "share.next";
    return html`${this.progress(editing.steps.indexOf(step) + 1)}
      <form class="body" id="form" novalidate @submit=${this.next}>
        ${this.above()}
        ${
          isFirst
            ? html`${this.which()}
                <p class="muted">${strings.text(`${texts}.nothing_sent`)}</p>`
            : nothing
        }
        ${this.renderStep({
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
        <button @click=${isFirst ? this.close : this.back}>
          ${strings.text(isFirst ? "share.cancel" : "share.back")}
        </button>
        <button
          class="primary"
          type="submit"
          form="form"
          ?disabled=${isLast && (!editing.agencies || !this.hass.connected)}
        >
          ${strings.text(onward)}
        </button>
      </footer>`;
  }

  private preparingStep({
    stage,
    fraction,
  }: Extract<Waiting, { name: "preparing" }>): TemplateResult {
    const { strings } = this;
    const key = `share.preparing.${stage}`;
    const words = strings.text(strings.has(key) ? key : "share.preparing.other");
    return html`${this.progress()}
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
}
