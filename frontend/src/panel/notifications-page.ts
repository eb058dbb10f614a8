/** My notifications: this person's phones, levels, and pauses. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import * as api from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { renderLevels, renderMeanings } from "../notices/level-list.ts";
import {
  ALL,
  HOUSE_KINDS,
  inherited,
  kindsOf,
  withLevels,
  type DoorKind,
} from "../notices/levels.ts";
import { renderPauses, renderPresence } from "../notices/pauses.ts";
import { renderPhones, type Tested } from "../notices/phones.ts";
import { renderQuiet } from "../notices/quiet-hours.ts";
import { Saver } from "../notices/saver.ts";
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
  @state() private notices: api.Notices | undefined;
  /** Labels that cameras of this home report. */
  @state() private labels: readonly string[] = [];
  @state() private tested: ReadonlyMap<string, Tested> = new Map();
  /** The doorbell to snooze, or all. */
  @state() private snoozing = ALL;
  private saver: Saver<api.Wishes> | undefined;
  private readonly pageTitle = new PageTitle(this);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.saver?.flush();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.words("title"));
    const before = changed.get("hass") as HomeAssistant | undefined;
    const back = before && !before.connected && this.hass.connected;
    if (!this.hasUpdated || back) void this.load();
  }

  private async load(): Promise<void> {
    await this.attempt(async (connection) => {
      const [notices, { labels }] = await Promise.all([
        api.notices(connection),
        api.facets(connection),
      ]);
      this.labels = labels;
      this.take(notices);
      hideHint(this.hass.user?.id);
    });
  }

  private take(notices: api.Notices): void {
    this.notices = notices;
    this.saver = new Saver(
      notices.wishes,
      async (wishes) => (await api.saveWishes(this.hass.connection, wishes)).wishes,
      () => this.requestUpdate(),
    );
  }

  private get wishes(): api.Wishes {
    return this.saver?.value ?? {};
  }

  private wish(change: api.Wishes): void {
    this.saver?.change({ ...this.wishes, ...change });
  }

  private words(key: string, values: Record<string, string | number> = {}): string {
    return this.strings.text(`notices.${key}`, values);
  }

  // Immediate actions

  private async test({ phone_id }: api.NoticePhone): Promise<void> {
    const note = (came: Tested): void => {
      this.tested = new Map(this.tested).set(phone_id, came);
    };
    note("sending");
    try {
      await api.testPhone(this.hass.connection, phone_id);
      note("sent");
    } catch (error) {
      note(api.failureOf(error));
    }
    await this.look();
  }

  /** Phone problems may have changed; the settings on the page stay as they are. */
  private async look(): Promise<void> {
    await this.attempt(async (connection) => {
      const { phones } = await api.notices(connection);
      if (this.notices) this.notices = { ...this.notices, phones };
    });
  }

  private async snooze(doorbellId: string, minutes: number): Promise<void> {
    await this.attempt(async (connection) => {
      const { snoozed } = await api.snooze(
        connection,
        minutes,
        doorbellId === ALL ? undefined : doorbellId,
      );
      if (this.notices) this.notices = { ...this.notices, snoozed };
    });
    if (minutes === 0) await this.focusOn(".snoozes button");
  }

  // Rendering

  protected override render(): TemplateResult {
    const { notices, saver } = this;
    return html`<h1 tabindex="-1">${this.words("title")}</h1>
      <p>${this.words("hint")}</p>
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
    const { wishes } = this;
    return html`${this.onOff(notices)}
      ${this.section(
        "phones",
        renderPhones({
          strings: this.strings,
          locale: this.locale,
          zone: this.hass.config.time_zone,
          phones: notices.phones,
          silent: wishes.silent_phones ?? [],
          tested: this.tested,
          connected: this.hass.connected,
          change: (silent_phones) => this.wish({ silent_phones }),
          test: (phone) => void this.test(phone),
        }),
      )}
      ${this.section("snooze", this.snoozes(notices))}
      <h2>${this.words("door_title")}</h2>
      ${this.doors(notices)} ${this.section("house", this.house(notices))}
      ${this.section("quiet", this.quiet())}
      ${this.section(
        "presence",
        renderPresence(this.strings, wishes.presence, notices.has_person, (presence) =>
          this.wish({ presence }),
        ),
      )}
      ${this.section(
        "pause",
        renderPauses(this.strings, wishes.pause, (pause) => this.wish({ pause })),
      )}
      ${this.section(
        "leaves",
        html`<p>${this.words("leaves_words")}</p>
          <p>${this.words("leaves_picture")}</p>`,
      )}`;
  }

  private section(name: string, content: TemplateResult): TemplateResult {
    return html`<h2>${this.words(`${name}_title`)}</h2>
      <div class="card">${content}</div>`;
  }

  private onOff({ defaults }: api.Notices): TemplateResult {
    const { on } = this.wishes;
    const household = defaults.on ?? false;
    return html`<div class="card">
      ${
        defaults.never
          ? html`<p class="banner">
              ${icon("alert")}<span class="grow">${this.words("never")}</span>
            </p>`
          : nothing
      }
      ${renderSwitch({
        label: this.words("on"),
        on: on ?? household,
        change: (chosen) => this.wish({ on: chosen }),
      })}
      ${
        on === undefined && !defaults.never
          ? html`<p class="muted">
              ${this.words("on_unchosen", { on: household ? "yes" : "no" })}
            </p>`
          : nothing
      }
    </div>`;
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

  private doors(notices: api.Notices): TemplateResult {
    const { doorbells, wishes } = this;
    const kinds = kindsOf(
      this.labels,
      notices.defaults.levels,
      ...Object.values(wishes.levels ?? {}),
    );
    // Also show own levels if only one doorbell is left.
    const own = doorbells.filter(
      ({ doorbell_id: id }) => doorbells.length > 1 || wishes.levels?.[id],
    );
    return html`<ul class="cards">
      <li class="card">
        ${
          own.length > 0
            ? html`<h3>${this.words("all_doorbells")}</h3>`
            : html`<h3 class="sr">${this.words("all_doorbells")}</h3>`
        }
        ${this.levels(notices, ALL, this.words("all_doorbells"), kinds)}
        ${renderMeanings(this.strings)}
      </li>
      ${own.map((one) => this.door(notices, one, kinds))}
    </ul>`;
  }

  private door(
    notices: api.Notices,
    { doorbell_id: id, name }: api.Doorbell,
    kinds: readonly DoorKind[],
  ): TemplateResult {
    const { wishes } = this;
    const own = wishes.levels?.[id] !== undefined;
    return html`<li class="card">
      ${renderSwitch({
        label: this.words("own", { name }),
        on: own,
        change: (on) => this.wish(withLevels(wishes, id, on ? {} : undefined)),
      })}
      ${own ? this.levels(notices, id, name, kinds) : nothing}
    </li>`;
  }

  private levels(
    notices: api.Notices,
    id: string,
    name: string,
    kinds: readonly DoorKind[],
  ): TemplateResult {
    const { wishes } = this;
    return renderLevels({
      strings: this.strings,
      name,
      kinds,
      chosen: wishes.levels?.[id],
      otherwise: (kind) => inherited({ ...notices, wishes }, id, kind),
      change: (chosen) => this.wish(withLevels(wishes, id, chosen)),
    });
  }

  private house({ defaults }: api.Notices): TemplateResult {
    const admin = this.hass.user?.is_admin ?? false;
    const { house_at: at = "" } = this.wishes;
    return html`${renderHouse({
        strings: this.strings,
        kinds: HOUSE_KINDS.filter((kind) => admin || kind !== "trouble"),
        chosen: this.wishes.house,
        shared: defaults.house,
        change: (house) => this.wish({ house }),
      })}
      <label class="field"
        ><span>${this.words("house_at")}</span>
        <input
          type="time"
          .value=${live(at)}
          @change=${(event: Event) => {
            const { value } = event.target as HTMLInputElement;
            const wishes = { ...this.wishes, house_at: value.slice(0, 5) };
            if (!value) delete (wishes as api.Wishes).house_at;
            this.saver?.change(wishes);
          }}
        />
      </label>
      <p class="muted">${this.words("house_at_hint")}</p>`;
  }

  private quiet(): TemplateResult {
    const { language, firstWeekday } = this.locale;
    return html`<p class="muted">
        ${this.words("quiet_hint", { zone: this.hass.config.time_zone })}
      </p>
      ${renderQuiet({
        strings: this.strings,
        language,
        firstWeekday: firstWeekdayOf(language, firstWeekday),
        quiet: this.wishes.quiet ?? [],
        change: (quiet) => this.wish({ quiet }),
        replace: (quiet, focus) => {
          this.wish({ quiet });
          void this.focusOn(focus);
        },
      })}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-notifications-page": NotificationsPage;
  }
}
