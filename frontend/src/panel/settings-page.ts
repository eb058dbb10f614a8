/** The home's settings, for administrators: what needs attention, then all, edited in place. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import "../areas/areas-dialog.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { ADD, INTEGRATION } from "../ha/places.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import "./household-notices.ts";
import { pageStyles } from "./page-styles.ts";
import { attentionStyles, renderAttention } from "./settings-attention.ts";
import "./settings-edit.ts";
import type { FlowKind } from "./entry-flow.ts";
import type { EntryPage } from "./settings-edit.ts";
import {
  attentionOf,
  keptHereWords,
  keptWords,
  peopleWords,
  storageWords,
} from "./settings-words.ts";

@customElement("doorwatch-settings-page")
export class SettingsPage extends ActingElement {
  static override readonly styles = [
    shared,
    pageStyles,
    attentionStyles,
    css`
      /* An open form is in the place of the buttons. */
      .buttons:has([editing]) > :not([editing]) {
        display: none;
      }
    `,
  ];

  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private settings: api.Settings | undefined;
  /** The doorbell whose motion zones are being drawn. */
  @state() private drawing: api.Doorbell | undefined;
  private readonly pageTitle = new PageTitle(this);

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.words("title"));
    const before = changed.get("hass") as HomeAssistant | undefined;
    const back = before && !before.connected && this.hass.connected;
    if (!this.hasUpdated || back) void this.load();
  }

  private async load(): Promise<void> {
    await this.attempt(async (connection) => {
      this.settings = await api.settings(connection);
    });
  }

  private words(key: string, values: Record<string, string | number> = {}): string {
    return this.strings.text(`page.settings.${key}`, values);
  }

  private async detect({ doorbell_id, name }: api.Doorbell): Promise<void> {
    const done = await this.attempt((connection) =>
      api.detectMotion(connection, doorbell_id),
    );
    if (!done) return;
    say(this, { text: this.strings.text("page.first.detecting", { name }) });
    await this.load();
  }

  /** Read the settings again. A line that needed attention may be gone, with the focus in it. */
  private async saved(): Promise<void> {
    const focused = (): boolean => Boolean(this.shadowRoot?.activeElement);
    const before = focused();
    await this.load();
    await this.updateComplete;
    if (before && !focused()) await this.focusOn("h1");
  }

  protected override render(): TemplateResult {
    const { settings, drawing } = this;
    return html`<h1 tabindex="-1">${this.words("title")}</h1>
      ${renderProblem(this.strings, this.failure)}
      ${
        settings
          ? this.content(settings)
          : this.failure
            ? nothing
            : html`<p class="muted" role="status">
                ${this.strings.text("page.loading")}
              </p>`
      }
      ${
        drawing
          ? html`<doorwatch-areas-dialog
              .doorbell=${drawing}
              @dialog-closed=${() => (this.drawing = undefined)}
              @areas-saved=${() => {
                const text = this.strings.text("snackbar.areas_saved", {
                  name: drawing.name,
                });
                say(this, { text });
              }}
            ></doorwatch-areas-dialog>`
          : nothing
      }`;
  }

  private content(settings: api.Settings): TemplateResult {
    const { household, version } = settings;
    return html`${renderAttention({
        strings: this.strings,
        attention: attentionOf(settings),
        known: this.doorbells,
        connected: this.hass.connected,
        detect: (doorbell) => void this.detect(doorbell),
        saved: () => void this.saved(),
      })}
      ${this.clips(settings)} ${household ? this.sharing(household) : nothing}
      ${this.doorbellPart(settings)} ${this.agencyPart(settings)}
      ${
        household
          ? html`<doorwatch-household-notices></doorwatch-household-notices>`
          : nothing
      }
      <p class="muted">${this.words("version", { version })}</p>`;
  }

  private link(key: string, href: string, label = ""): TemplateResult {
    return html`<a class="button" href=${href} aria-label=${label || nothing}
      >${this.words(key)}</a
    >`;
  }

  private edit(entryId: string, pages: readonly EntryPage[]): TemplateResult {
    return html`<doorwatch-settings-edit
      .entryId=${entryId}
      .pages=${pages}
      @settings-saved=${() => void this.saved()}
    ></doorwatch-settings-edit>`;
  }

  /** `pages` are those of the household's options, each with the key of its button. */
  private editHousehold(
    { entry_id }: api.HouseholdSettings,
    pages: Readonly<Record<string, string>>,
  ): TemplateResult {
    return this.edit(
      entry_id,
      Object.entries(pages).map(([page, key]) => ({
        kind: "options",
        page,
        text: this.words(key),
      })),
    );
  }

  /** `kinds` are the flows of an entry, each with the key of its button. */
  private editEntry(
    entryId: string,
    name: string,
    kinds: Readonly<Partial<Record<FlowKind, string>>>,
  ): TemplateResult {
    return this.edit(
      entryId,
      Object.entries(kinds).map(([kind, key]) => ({
        kind: kind as FlowKind,
        text: this.words(key),
        label: this.words(`${key}_label`, { name }),
      })),
    );
  }

  private clips({ household, storage }: api.Settings): TemplateResult {
    const { strings, locale } = this;
    return html`<h2>${this.words("clips")}</h2>
      <div class="card">
        <dl>
          ${
            household
              ? html`<dt>${this.words("kept")}</dt>
                  <dd>${keptWords(strings, locale, household)}</dd>
                  <dt>${this.words("folder")}</dt>
                  <dd><bdi dir="ltr">${household.folder}</bdi></dd>`
              : nothing
          }
          <dt>${this.words("storage")}</dt>
          <dd>${storageWords(strings, locale, storage)}</dd>
        </dl>
        ${
          household
            ? this.editHousehold(household, { storage: "edit_storage" })
            : nothing
        }
      </div>`;
  }

  private sharing(household: api.HouseholdSettings): TemplateResult {
    const { has_pin, cancel_window, in_sidebar } = household;
    const row = (key: string, value: string): TemplateResult =>
      html`<dt>${this.words(key)}</dt>
        <dd>${value}</dd>`;
    return html`<h2>${this.words("sharing")}</h2>
      <div class="card">
        <dl>
          ${row("sharers", peopleWords(this.strings, household.sharers))}
          ${row("senders", peopleWords(this.strings, household.senders))}
          ${row("pin", this.words(has_pin ? "pin_set" : "pin_none"))}
          ${row("undo", this.words("undo_window", { count: cancel_window }))}
          ${row("sidebar", this.words(in_sidebar ? "sidebar_shown" : "sidebar_hidden"))}
        </dl>
        ${this.editHousehold(household, {
          sharing: "edit_sharing",
          pin: "edit_pin",
          requests: "edit_requests",
          more: "edit_more",
        })}
      </div>`;
  }

  private doorbellPart({ doorbells }: api.Settings): TemplateResult {
    return html`<h2>${this.words("doorbells")}</h2>
      ${
        doorbells.length > 0
          ? html`<ul class="cards">
              ${repeat(
                doorbells,
                ({ doorbell_id }) => doorbell_id,
                (one) => this.doorbell(one),
              )}
            </ul>`
          : html`<p>${this.words("no_doorbells")}</p>`
      }
      <p>${this.link("add_doorbell", ADD)}</p>`;
  }

  private doorbell(one: api.SettingsOfDoorbell): TemplateResult {
    const { doorbell_id, name, source, device_id, picture_motion, motion, kept } = one;
    const known = this.doorbells.find((each) => each.doorbell_id === doorbell_id);
    const keptHere = keptHereWords(this.strings, kept);
    return html`<li class="card">
      <h3>${name}</h3>
      ${
        motion
          ? html`<p>
              ${this.words(picture_motion ? "motion_picture" : "motion_told")}
            </p>`
          : nothing
      }
      ${keptHere ? html`<p>${keptHere}</p>` : nothing}
      <div class="buttons">
        ${this.editEntry(doorbell_id, name, {
          options: "edit",
          ...(source === "demo"
            ? {}
            : { config: source === "linked" ? "camera" : "address" }),
        })}
        ${
          known && (picture_motion || !motion)
            ? html`<button
                ?disabled=${!this.hass.connected}
                aria-label=${this.words("areas_label", { name })}
                @click=${() => (this.drawing = known)}
              >
                ${icon("areas")} ${this.words("areas")}
              </button>`
            : nothing
        }
        ${
          device_id
            ? this.link(
                "device",
                `/config/devices/device/${encodeURIComponent(device_id)}`,
                this.words("device_label", { name }),
              )
            : nothing
        }
      </div>
    </li>`;
  }

  private agencyPart({ agencies }: api.Settings): TemplateResult {
    return html`<h2>${this.words("agencies")}</h2>
      ${
        agencies.length > 0
          ? html`<ul class="cards">
              ${repeat(
                agencies,
                ({ agency_id }) => agency_id,
                (one) => this.agency(one),
              )}
            </ul>`
          : html`<p>${this.words("no_agencies")}</p>`
      }
      <p>${this.link("manage_agencies", INTEGRATION)}</p>`;
  }

  private agency({
    agency_id,
    name,
    group,
    host,
    compared,
  }: api.SettingsOfAgency): TemplateResult {
    return html`<li class="card">
      <h3>${name}</h3>
      <p class="muted">
        ${group ? `${this.strings.text("requests.group")} · ` : nothing}${host}
      </p>
      ${
        compared
          ? html`<p class="sign">
              ${icon("done")} <span>${this.words("compared")}</span>
            </p>`
          : nothing
      }
      <div class="buttons">${this.editEntry(agency_id, name, { config: "edit" })}</div>
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-settings-page": SettingsPage;
  }
}
