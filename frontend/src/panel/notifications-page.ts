/** My notifications: this person's phones, levels, and pauses. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import * as api from "../api/commands.ts";
import * as noticeApi from "../api/notices.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { renderDoors } from "../notices/door-levels.ts";
import { ALL, HOUSE_KINDS } from "../notices/levels.ts";
import { MyNotices } from "../notices/my-notices.ts";
import { renderPauses, renderPresence } from "../notices/pauses.ts";
import { renderPhones } from "../notices/phones.ts";
import { renderQuiet } from "../notices/quiet-hours.ts";
import { renderSnooze } from "../notices/snooze.ts";
import { noticeStyles } from "../notices/styles.ts";
import { renderHouse, renderSwitch, renderUnsaved } from "../notices/switches.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { firstWeekdayOf } from "./days.ts";
import { hideHint } from "./notices-hint.ts";
import { pageStyles } from "./page-styles.ts";

@customElement("doorwatch-notifications-page")
export class NotificationsPage extends ActingElement {
  static override readonly styles = [shared, pageStyles, noticeStyles];

  @property({ attribute: false }) doorbells: readonly api.Doorbell[] = [];
  /** The doorbell to snooze, or all. */
  @state() private snoozing = ALL;
  private readonly mine = new MyNotices(
    async (wishes) => (await noticeApi.saveWishes(this.hass.connection, wishes)).wishes,
    () => this.requestUpdate(),
  );
  private readonly pageTitle = new PageTitle(this);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.mine.saver?.flush();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.words("title"));
    const before = changed.get("hass") as HomeAssistant | undefined;
    const back = before && !before.connected && this.hass.connected;
    if (!this.hasUpdated || back) void this.load();
  }

  private async load(): Promise<void> {
    await this.attempt((connection) => this.mine.load(connection));
    if (!this.failure) hideHint(this.hass.user?.id);
  }

  private async snooze(doorbellId: string, minutes: number): Promise<void> {
    await this.attempt((connection) =>
      this.mine.snooze(connection, doorbellId, minutes),
    );
    if (minutes === 0) await this.focusOn(".snoozes button");
  }

  private words(key: string, values: Record<string, string | number> = {}): string {
    return this.strings.text(`notices.${key}`, values);
  }

  protected override render(): TemplateResult {
    const { notices, saver } = this.mine;
    return html`<h1 tabindex="-1">${this.words("title")}</h1>
      ${renderProblem(this.strings, this.failure)}
      ${renderUnsaved(this.strings, saver?.failure)}
      <p class="sr" role="status">${saver?.saved ? this.words("saved") : nothing}</p>
      ${
        notices
          ? this.content(notices)
          : this.failure
            ? nothing
            : html`<p class="muted" role="status">
                ${this.strings.text("page.loading")}
              </p>`
      }`;
  }

  private content(notices: api.Notices): TemplateResult {
    return html`<div class="card">${this.onOff(notices)}</div>
      ${this.section("phones", this.phones(notices))}
      ${this.section("snooze", this.snoozes(notices))}
      ${this.section(
        "door",
        renderDoors({
          strings: this.strings,
          notices,
          wishes: this.mine.wishes,
          labels: this.mine.labels,
          doorbells: this.doorbells,
          change: (wishes) => this.mine.wish(wishes),
        }),
      )}
      ${this.section("house", this.house(notices))}
      ${this.section("fewer", this.fewer(notices))}
      <details>
        <summary>${this.words("leaves_title")}</summary>
        <p>${this.words("leaves_words")}</p>
        <p>${this.words("leaves_picture")}</p>
      </details>`;
  }

  private section(name: string, content: TemplateResult): TemplateResult {
    return html`<h2>${this.words(`${name}_title`)}</h2>
      <div class="card">${content}</div>`;
  }

  private onOff({ defaults }: api.Notices): TemplateResult {
    const { on } = this.mine.wishes;
    const household = defaults.on ?? false;
    return html`${
      defaults.never
        ? html`<p class="banner">
            ${icon("alert")}<span class="grow">${this.words("never")}</span>
          </p>`
        : nothing
    }
    ${renderSwitch({
      label: this.words("on"),
      on: on ?? household,
      change: (chosen) => this.mine.wish({ on: chosen }),
    })}
    ${
      on === undefined && !defaults.never
        ? html`<p class="muted">
            ${this.words("on_unchosen", { on: household ? "yes" : "no" })}
          </p>`
        : nothing
    }`;
  }

  private phones({ phones }: api.Notices): TemplateResult {
    return renderPhones({
      strings: this.strings,
      locale: this.locale,
      zone: this.hass.config.time_zone,
      phones,
      silent: this.mine.wishes.silent_phones ?? [],
      tested: this.mine.tested,
      connected: this.hass.connected,
      change: (silent_phones) => this.mine.wish({ silent_phones }),
      test: ({ phone_id }) =>
        void this.attempt((connection) => this.mine.test(connection, phone_id)),
    });
  }

  private snoozes({ snoozed }: api.Notices): TemplateResult {
    return html`<p class="muted">${this.words("snooze_hint")}</p>
      ${renderSnooze({
        strings: this.strings,
        locale: this.locale,
        zone: this.hass.config.time_zone,
        doorbells: this.doorbells,
        snoozed,
        chosen: this.snoozing,
        connected: this.hass.connected,
        choose: (doorbellId) => (this.snoozing = doorbellId),
        snooze: (doorbellId, minutes) => void this.snooze(doorbellId, minutes),
      })}`;
  }

  private house({ defaults }: api.Notices): TemplateResult {
    const admin = this.hass.user?.is_admin ?? false;
    const { house, house_at: at = "" } = this.mine.wishes;
    return renderHouse({
      strings: this.strings,
      kinds: HOUSE_KINDS.filter((kind) => admin || kind !== "trouble"),
      chosen: house,
      shared: defaults.house,
      change: (chosen) => this.mine.wish({ house: chosen }),
      also: html`<label class="line"
        ><span class="grow">${this.words("house_at")}</span>
        <input
          type="time"
          .value=${live(at)}
          @change=${(event: Event) =>
            this.mine.wishHour((event.target as HTMLInputElement).value.slice(0, 5))}
        />
      </label>`,
    });
  }

  private fewer({ has_person }: api.Notices): TemplateResult {
    const { language, firstWeekday } = this.locale;
    const { quiet = [], presence, pause } = this.mine.wishes;
    return html`${renderQuiet({
      strings: this.strings,
      language,
      firstWeekday: firstWeekdayOf(language, firstWeekday),
      zone: this.hass.config.time_zone,
      quiet,
      change: (hours) => this.mine.wish({ quiet: hours }),
      replace: (hours, focus) => {
        this.mine.wish({ quiet: hours });
        void this.focusOn(focus);
      },
    })}
    ${renderPresence(this.strings, presence, has_person, (chosen) =>
      this.mine.wish({ presence: chosen }),
    )}
    ${renderPauses(this.strings, pause, (minutes) => this.mine.wish({ pause: minutes }))}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-notifications-page": NotificationsPage;
  }
}
