/** Shown before the first doorbell and before the first clip. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
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
      .empty {
        padding-block: 24px;
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
    const { strings, recording, watched } = this;
    // Recordings of a manufacturer cannot be started here.
    const able = this.doorbells.filter((one) => one.may_control && one.records);
    return html`<div class="empty">
      ${icon("door")}
      ${
        this.blind() ??
        html`<h2>${strings.text("card.empty_title")}</h2>
          <p>${strings.text("card.empty")}</p>`
      }
      ${renderProblem(strings, this.failure)}
      <p class="said" role="status" tabindex="-1">
        ${
          recording
            ? strings.text("page.first.recording", { name: recording.name })
            : watched
              ? strings.text("page.first.detecting", { name: watched.name })
              : nothing
        }
      </p>
      ${
        recording
          ? nothing
          : html`<div class="buttons">
              ${able.map(
                (one) =>
                  html`<button
                    class="primary"
                    ?disabled=${!this.hass.connected || this.offline(one)}
                    @click=${() => void this.record(one)}
                  >
                    ${icon("record")}
                    ${
                      able.length > 1
                        ? strings.text("page.first.record_at", { name: one.name })
                        : strings.text("page.first.record")
                    }
                  </button>`,
              )}
            </div>`
      }
    </div>`;
  }

  /** Say what starts clips if nothing detects motion, with a button that changes it. */
  private blind(): TemplateResult | undefined {
    const { strings, doorbells } = this;
    if (doorbells.some(({ detection }) => detection === "on")) return undefined;
    const admin = this.hass.user?.is_admin ?? false;
    const waits = doorbells.some(({ detection }) => detection === "called");
    const hint = admin ? "page.first.blind" : "page.first.blind_ask";
    return html`<h2>
        ${strings.text(waits ? "page.first.waits_title" : "page.first.blind_title")}
      </h2>
      <p>${strings.text(waits ? "page.first.waits" : hint)}</p>
      ${
        admin
          ? html`<div class="buttons">${doorbells.map((one) => this.change(one))}</div>`
          : nothing
      }`;
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
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-first-run": FirstRun;
  }
}
