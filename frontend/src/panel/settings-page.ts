/** The home's settings, for administrators: what needs attention, then all, edited in place. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import "../areas/areas-dialog.ts";
import { FORM } from "../ha/core-names.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { ADD, entryAt, INTEGRATION } from "../ha/places.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import "./household-notices.ts";
import { pageStyles } from "./page-styles.ts";
import { attentionStyles, renderAttention } from "./settings-attention.ts";
import {
  attentionOf,
  keptHereWords,
  keptWords,
  peopleWords,
  storageWords,
} from "./settings-words.ts";

/** The pages of the household's options that are edited here. */
type OptionsPage = "storage" | "sharing" | "pin" | "more";

@customElement("doorwatch-settings-page")
export class SettingsPage extends ActingElement {
  static override readonly styles = [shared, pageStyles, attentionStyles];

  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private settings: api.Settings | undefined;
  /** The doorbell whose motion zones are being drawn. */
  @state() private drawing: api.Doorbell | undefined;
  @state() private editing: OptionsPage | undefined;
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

  /** The form is loaded when it is first opened. */
  private async open(page: OptionsPage): Promise<void> {
    if (await this.attempt(() => import("./options-form.ts"))) this.editing = page;
  }

  private async close(page: OptionsPage): Promise<void> {
    this.editing = undefined;
    await this.focusOn(`[data-edit="${page}"]`);
  }

  private async saved(page: OptionsPage): Promise<void> {
    await this.load();
    await this.close(page);
    say(this, { text: this.strings.text("notices.saved") });
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

  /** Edit a page of the options here; without the form, on the page of the integration. */
  private edit(
    { entry_id }: api.HouseholdSettings,
    pages: Partial<Record<OptionsPage, string>>,
    otherwise: string,
  ): TemplateResult {
    const { editing } = this;
    if (!customElements.get(FORM))
      return html`<div class="buttons">
        ${this.link("change", entryAt(entry_id), this.words(otherwise))}
      </div>`;
    if (editing && editing in pages)
      return html`<doorwatch-options-form
        .entryId=${entry_id}
        .page=${editing}
        @options-saved=${() => void this.saved(editing)}
        @options-closed=${() => void this.close(editing)}
      ></doorwatch-options-form>`;
    return html`<div class="buttons">
      ${Object.entries(pages).map(
        ([page, key]) =>
          html`<button
            data-edit=${page}
            ?disabled=${!this.hass.connected}
            @click=${() => void this.open(page as OptionsPage)}
          >
            ${this.words(key)}
          </button>`,
      )}
    </div>`;
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
            ? this.edit(household, { storage: "edit_storage" }, "change_clips")
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
        ${this.edit(
          household,
          { sharing: "edit_sharing", pin: "edit_pin", more: "edit_more" },
          "change_sharing",
        )}
      </div>`;
  }

  private doorbellPart({ doorbells }: api.Settings): TemplateResult {
    return html`<h2>${this.words("doorbells")}</h2>
      ${
        doorbells.length > 0
          ? html`<ul class="cards">
              ${doorbells.map((one) => this.doorbell(one))}
            </ul>`
          : html`<p>${this.words("no_doorbells")}</p>`
      }
      <p>${this.link("add_doorbell", ADD)}</p>`;
  }

  private doorbell(one: api.SettingsOfDoorbell): TemplateResult {
    const { name, device_id, picture_motion, motion, kept } = one;
    const known = this.doorbells.find((each) => each.doorbell_id === one.doorbell_id);
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
              ${agencies.map((one) => this.agency(one))}
            </ul>`
          : html`<p>${this.words("no_agencies")}</p>`
      }
      <p>${this.link("manage_agencies", INTEGRATION)}</p>`;
  }

  private agency({
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
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-settings-page": SettingsPage;
  }
}
