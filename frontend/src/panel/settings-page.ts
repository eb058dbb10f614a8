/** The home's settings at a glance, with links to change them, for administrators. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import "../areas/areas-dialog.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { size } from "../i18n/format.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { ADD, entryAt, INTEGRATION } from "../ha/places.ts";
import { feedProblem } from "../requests/feed-problems.ts";
import "./household-notices.ts";
import { pageStyles } from "./page-styles.ts";

@customElement("doorwatch-settings-page")
export class SettingsPage extends ActingElement {
  static override readonly styles = [shared, pageStyles];

  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  @state() private settings: api.Settings | undefined;
  /** The doorbell whose motion zones are being drawn. */
  @state() private drawing: api.Doorbell | undefined;
  private readonly pageTitle = new PageTitle(this);

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.strings.text("page.settings.title"));
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

  protected override render(): TemplateResult {
    const { settings, drawing } = this;
    return html`<h1 tabindex="-1">${this.words("title")}</h1>
      ${renderProblem(this.strings, this.failure)}
      ${
        settings
          ? html`${this.household(settings)} ${this.doorbellPart(settings)}
              ${this.agencyPart(settings)}
              ${
                settings.household
                  ? html`<doorwatch-household-notices></doorwatch-household-notices>`
                  : nothing
              }
              <p class="muted">
                ${this.words("version", { version: settings.version })}
              </p>`
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

  private link(key: string, href: string, label = ""): TemplateResult {
    return html`<a class="button" href=${href} aria-label=${label || nothing}
      >${this.words(key)}</a
    >`;
  }

  private household({ household, storage }: api.Settings): TemplateResult {
    const { locale } = this;
    const taken = this.words("taken", {
      count: storage.clips,
      size: size(storage.bytes, locale),
    });
    const free =
      storage.free === null
        ? ""
        : this.words("free", { size: size(storage.free, locale) });
    return html`<h2>${this.words("clips")}</h2>
      <div class="card">
        <dl>
          ${household ? this.kept(household) : nothing}
          <dt>${this.words("storage")}</dt>
          <dd>${taken} ${free}</dd>
        </dl>
        ${
          household
            ? html`<div class="buttons">
                ${this.link("change", entryAt(household.entry_id), this.words("change_clips"))}
              </div>`
            : nothing
        }
      </div>
      ${
        household
          ? html`<h2>${this.words("sharing")}</h2>
              <div class="card">
                ${this.sharing(household)}
                <div class="buttons">
                  ${this.link("change", entryAt(household.entry_id), this.words("change_sharing"))}
                </div>
              </div>`
          : nothing
      }`;
  }

  private kept(household: api.HouseholdSettings): TemplateResult {
    const { days, gigabytes, kept, motion_first, folder } = household;
    const lines = this.rules(kept.length > 0 ? [...kept, { what: "any", days }] : []);
    if (kept.length === 0 && days !== null)
      lines.push(this.words("days", { count: days }));
    if (gigabytes !== null) {
      const key = motion_first ? "gigabytes_motion" : "gigabytes";
      lines.push(this.words(key, { size: size(gigabytes * 1e9, this.locale) }));
    }
    return html`<dt>${this.words("kept")}</dt>
      <dd>${lines.length > 0 ? lines.join(" ") : this.words("no_limit")}</dd>
      <dt>${this.words("folder")}</dt>
      <dd><bdi dir="ltr">${folder}</bdi></dd>`;
  }

  /** A sentence for each rule, and the rule for a clip with several labels. */
  private rules(kept: readonly api.Kept[]): string[] {
    const lines = kept.map(({ what, days }) => {
      const name = this.words(`what.${what}`);
      return days === null
        ? this.words("kept_always", { what: name })
        : this.words("kept_for", { what: name, count: days });
    });
    return kept.length > 2 ? [...lines, this.words("longest")] : lines;
  }

  /** Exceptions of single doorbells, and the rule for all others last. */
  private keptHere(kept: readonly api.Kept[]): TemplateResult | typeof nothing {
    if (kept.length === 0) return nothing;
    const all = kept.filter(({ what }) => what === "any");
    const lines = this.rules([...kept.filter(({ what }) => what !== "any"), ...all]);
    if (all.length === 0) lines.push(this.words("kept_as_home"));
    return html`<p>${[this.words("kept_here"), ...lines].join(" ")}</p>`;
  }

  private sharing(household: api.HouseholdSettings): TemplateResult {
    const list = new Intl.ListFormat(this.strings.spoken, { type: "conjunction" });
    const people = (who: readonly api.Sharer[]): string =>
      who.length > 0
        ? this.words("sharers_named", {
            names: list.format(who.map(({ name }) => name)),
          })
        : this.words("sharers_none");
    return html`<dl>
      <dt>${this.words("sharers")}</dt>
      <dd>${people(household.sharers)}</dd>
      <dt>${this.words("senders")}</dt>
      <dd>${people(household.senders)}</dd>
      <dt>${this.words("pin")}</dt>
      <dd>${this.words(household.has_pin ? "pin_set" : "pin_none")}</dd>
      <dt>${this.words("undo")}</dt>
      <dd>${this.words("undo_window", { count: household.cancel_window })}</dd>
      <dt>${this.words("sidebar")}</dt>
      <dd>${this.words(household.in_sidebar ? "sidebar_shown" : "sidebar_hidden")}</dd>
    </dl>`;
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
    const how = picture_motion
      ? "motion_picture"
      : motion
        ? "motion_told"
        : "no_motion";
    return html`<li class="card">
      <h3>${name}</h3>
      <p class="sign">
        ${motion ? nothing : icon("alert")} <span>${this.words(how)}</span>
      </p>
      ${this.keptHere(kept)}
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
          motion
            ? nothing
            : this.link(
                "look_for_motion",
                entryAt(one.doorbell_id),
                this.words("look_label", { name }),
              )
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
    problem,
  }: api.SettingsOfAgency): TemplateResult {
    const known = compared ? "compared" : group ? "not_compared_group" : "not_compared";
    return html`<li class="card">
      <h3>${name}</h3>
      <p class="muted">
        ${group ? `${this.strings.text("requests.group")} · ` : nothing}${host}
      </p>
      <p class="sign">
        ${icon(compared ? "done" : "alert")} <span>${this.words(known)}</span>
      </p>
      ${
        problem
          ? html`<p class="banner problem">
              ${icon("alert")}
              <span class="grow">${feedProblem(this.strings, problem)}</span>
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
