/** Shown before the first doorbell and before the first clip. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import { inWords } from "../clips/clip-words.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import "./first-run-clip.ts";
import "./first-run-picture.ts";
import { isMissing, startLive, stepOf, type Step } from "./first-run-steps.ts";
import { pageStyles } from "./page-styles.ts";
import { ADD, entryAt } from "../ha/places.ts";

/** Seconds, enough to check image and audio. */
export const TEST_CLIP = 10;

@customElement("doorwatch-first-run")
export class FirstRun extends ActingElement {
  static override readonly styles = [
    shared,
    pageStyles,
    css`
      :host {
        padding: 12px 0 32px;
      }
      .empty {
        padding: 12px 0;
      }
      .pictures,
      doorwatch-first-clip {
        /* The text above and the controls below fit on the screen. */
        width: min(100%, max(300px, 90vh));
        text-align: start;
      }
      .pictures {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr));
        gap: 12px;
      }
      .words {
        display: grid;
        gap: 12px;
      }
      .said {
        outline: none;
      }
      h2 {
        margin: 0;
      }
      .buttons {
        justify-content: center;
      }
      .buttons button {
        overflow-wrap: anywhere;
      }
    `,
  ];

  /** The doorbells that this person may see; empty before the first one. */
  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @property({ attribute: false }) lives: readonly api.Live[] = [];
  @property({ attribute: false }) recordings: readonly api.Recording[] = [];
  /** This person never saw a clip, so the pictures of the doorbells are part of this page. */
  @property({ type: Boolean }) fresh = false;
  /** The first clip, which plays here. */
  @property({ attribute: false }) clip: api.Clip | undefined;
  /** The doorbell that is recording a test clip. */
  @state() private recording: api.Doorbell | undefined;
  /** The doorbell whose button was pressed last. */
  @state() private watched: api.Doorbell | undefined;

  private async record(doorbell: api.Doorbell): Promise<void> {
    this.recording = doorbell;
    const begun = await this.attempt((connection) =>
      api.record(connection, doorbell.doorbell_id, TEST_CLIP),
    );
    if (!begun) this.recording = undefined;
    await this.focusOn(begun ? ".said" : "button");
  }

  private async detect(doorbell: api.Doorbell): Promise<void> {
    const done = await this.attempt((connection) =>
      api.detectMotion(connection, doorbell.doorbell_id),
    );
    if (done) this.watched = doorbell;
    await this.focusOn(done ? ".said" : "button");
  }

  /** Use the camera's state, which is more current than the list of doorbells. */
  private offline({ camera_entity_id }: api.Doorbell): boolean {
    return this.hass.states[camera_entity_id ?? ""]?.state === "unavailable";
  }

  protected override render(): TemplateResult {
    return this.doorbells.length > 0 ? this.noClip() : this.noDoorbell();
  }

  private noDoorbell(): TemplateResult {
    const { strings } = this;
    const admin = this.hass.user?.is_admin ?? false;
    return html`<div class="empty">
      ${icon("door")}
      <h2>
        ${strings.text(admin ? "page.first.add_title" : "card.no_doorbell_title")}
      </h2>
      <p>${strings.text(admin ? "page.first.add_hint" : "card.no_doorbell")}</p>
      ${
        admin
          ? html`<a class="button primary" href=${ADD}
              >${icon("add")} ${strings.text("page.first.add")}</a
            >`
          : nothing
      }
    </div>`;
  }

  private noClip(): TemplateResult {
    const { strings, clip, fresh } = this;
    const found = stepOf(this.doorbells, this.lives);
    const step = found === "walk" && !fresh ? "wait" : found;
    const media = clip ? this.firstClip(clip) : fresh ? this.pictures(step) : nothing;
    // The button that changes something is next to the text about it.
    const first = !clip && isMissing(step);
    return html`<div class="empty">
      ${fresh ? nothing : icon("door")}
      <div class="words" role="status" aria-atomic="false">
        ${
          clip ? html`<h2>${strings.text("page.first.records")}</h2>` : this.words(step)
        }
      </div>
      ${first ? nothing : media} ${renderProblem(strings, this.failure)}
      <div class="buttons">${clip ? this.goOn() : this.buttons(step)}</div>
      ${first ? media : nothing}
    </div>`;
  }

  private firstClip(clip: api.Clip): TemplateResult {
    const { strings, locale } = this;
    const name =
      this.doorbells.find((one) => one.doorbell_id === clip.doorbell_id)?.name ?? "";
    return html`<doorwatch-first-clip
      .clip=${clip}
      .label=${inWords(strings, locale, "clip.video", clip, name)}
    ></doorwatch-first-clip>`;
  }

  private pictures(step: Step): TemplateResult {
    const { doorbells, lives, recordings } = this;
    const walking = step === "walk";
    const playing = startLive(doorbells, lives);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return html`<div class="pictures">
      ${repeat(
        doorbells,
        (one) => one.doorbell_id,
        (one) => {
          const { doorbell_id: id } = one;
          return html`<doorwatch-first-picture
            .doorbell=${one}
            .live=${lives.find(({ doorbell_id }) => doorbell_id === id)}
            .recording=${recordings.find(({ doorbell_id }) => doorbell_id === id)}
            .walking=${walking}
            .plays=${walking && !still && playing.has(id)}
          ></doorwatch-first-picture>`;
        },
      )}
    </div>`;
  }

  private words(step: Step): TemplateResult {
    const { strings } = this;
    const admin = this.hass.user?.is_admin ?? false;
    const [title, text] = {
      blind: ["page.first.blind_title", `page.first.blind${admin ? "" : "_ask"}`],
      called: ["page.first.waits_title", "page.first.waits"],
      walk: ["page.first.walk_title", "page.first.walk"],
      wait: ["card.empty_title", "card.empty"],
    }[step] as [string, string];
    return html`<h2>${strings.text(title)}</h2>
      <p class="said" tabindex="-1">${this.said() ?? strings.text(text)}</p>`;
  }

  /** The doorbell that is recording, at a press or not. */
  private get ongoing(): api.Doorbell | undefined {
    const ids = new Set(this.recordings.map(({ doorbell_id }) => doorbell_id));
    return this.recording ?? this.doorbells.find((one) => ids.has(one.doorbell_id));
  }

  /** What happens now. */
  private said(): string | undefined {
    const { strings, ongoing, watched } = this;
    if (ongoing) return strings.text("page.first.recording", { name: ongoing.name });
    return watched && strings.text("page.first.detecting", { name: watched.name });
  }

  private goOn(): TemplateResult {
    return html`<button
      class="primary"
      @click=${() => this.dispatchEvent(new CustomEvent("first-run-ended"))}
    >
      ${this.strings.text("page.first.today")}
    </button>`;
  }

  private buttons(step: Step): (TemplateResult | typeof nothing)[] {
    const { doorbells, ongoing } = this;
    const admin = this.hass.user?.is_admin ?? false;
    // Recordings of a manufacturer cannot be started here.
    const able = doorbells.filter((one) => one.may_control && one.records);
    return [
      ...(isMissing(step) && admin ? doorbells.map((one) => this.change(one)) : []),
      ...(ongoing ? [] : able.map((one) => this.recordButton(one, able.length > 1))),
    ];
  }

  private change(one: api.Doorbell): TemplateResult {
    const { strings } = this;
    const { name } = one;
    if (one.sleeps)
      return html`<a class="button primary" href=${entryAt(one.doorbell_id)}
        >${strings.text("page.first.sensor", { name })}</a
      >`;
    const several = this.doorbells.length > 1;
    return html`<button
      class="primary"
      ?disabled=${!this.hass.connected}
      @click=${() => void this.detect(one)}
    >
      ${icon("motion")}
      ${strings.text(several ? "page.first.detect_at" : "page.first.detect", { name })}
    </button>`;
  }

  private recordButton(one: api.Doorbell, several: boolean): TemplateResult {
    const { strings } = this;
    const key = several ? "page.first.record_at" : "page.first.record";
    return html`<button
      ?disabled=${!this.hass.connected || this.offline(one)}
      @click=${() => void this.record(one)}
    >
      ${icon("record")} ${strings.text(key, { name: one.name })}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-first-run": FirstRun;
  }
  interface HTMLElementEventMap {
    /** The person opens Today. */
    "first-run-ended": CustomEvent;
  }
}
