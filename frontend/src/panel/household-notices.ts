/** The household's defaults and custom buttons, for administrators. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as noticeApi from "../api/notices.ts";
import { renderButtons } from "../notices/buttons.ts";
import { renderLevels, renderMeanings } from "../notices/level-list.ts";
import { ALL, inherited, kindsOf } from "../notices/levels.ts";
import { Saver } from "../notices/saver.ts";
import { noticeStyles } from "../notices/styles.ts";
import { renderChoices, renderHouse, renderUnsaved } from "../notices/switches.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { pageStyles } from "./page-styles.ts";

const WHO = ["on", "asked", "never"] as const;
type Who = (typeof WHO)[number];

const whoOf = ({ on, never }: api.Defaults): Who =>
  never ? "never" : on ? "on" : "asked";

@customElement("doorwatch-household-notices")
export class HouseholdNotices extends ActingElement {
  static override readonly styles = [
    shared,
    pageStyles,
    noticeStyles,
    css`
      :host {
        max-width: none;
        margin-bottom: 16px;
        padding: 0;
      }
    `,
  ];

  @state() private notices: api.Notices | undefined;
  @state() private labels: readonly string[] = [];
  /** The buttons as they are typed; incomplete ones are not saved. */
  @state() private buttons: readonly api.Button[] = [];
  private saver: Saver<api.Defaults> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.saver?.flush();
  }

  protected override firstUpdated(): void {
    void this.load();
  }

  private async load(): Promise<void> {
    await this.attempt(async (connection) => {
      const [notices, { labels }] = await Promise.all([
        noticeApi.notices(connection),
        api.facets(connection),
      ]);
      this.labels = labels;
      this.notices = notices;
      this.buttons = notices.defaults.buttons ?? [];
      this.saver = new Saver(
        notices.defaults,
        async (defaults) =>
          (await noticeApi.saveDefaults(this.hass.connection, defaults)).defaults,
        () => this.requestUpdate(),
      );
    });
  }

  private words(key: string): string {
    return this.strings.text(`page.settings.notices.${key}`);
  }

  private set(change: api.Defaults): void {
    this.saver?.change({ ...this.saver.value, ...change });
  }

  private setWho(who: Who): void {
    const defaults = { ...this.saver?.value };
    // Keep the other settings for when it is allowed again.
    if (who === "never") defaults.never = true;
    else {
      delete defaults.never;
      defaults.on = who === "on";
    }
    this.saver?.change(defaults);
  }

  private setButtons(buttons: readonly api.Button[]): void {
    this.buttons = buttons;
    const whole = buttons
      .map(({ name, script }) => ({ name: name.trim(), script }))
      .filter(({ name, script }) => name && script);
    this.set({ buttons: whole });
  }

  protected override render(): TemplateResult {
    const { strings, notices, saver } = this;
    return html`<h2>${this.words("title")}</h2>
      ${renderProblem(strings, this.failure)} ${renderUnsaved(strings, saver?.failure)}
      <p class="sr" role="status">
        ${saver?.saved ? strings.text("notices.saved") : nothing}
      </p>
      ${notices && saver ? this.content(notices, saver.value) : nothing}`;
  }

  private content(notices: api.Notices, defaults: api.Defaults): TemplateResult {
    const { strings } = this;
    const none = { ...notices, wishes: {}, defaults: {} };
    return html`<div class="card">
      <p class="muted">${this.words("hint")}</p>
      ${renderChoices({
        legend: this.words("who"),
        values: WHO,
        chosen: whoOf(defaults),
        label: (who) => this.words(`who_${who}`),
        choose: (who) => this.setWho(who),
      })}
      <h3>${strings.text("notices.door_title")}</h3>
      ${renderLevels({
        strings,
        name: this.words("name"),
        kinds: kindsOf(this.labels, defaults.levels),
        chosen: defaults.levels,
        otherwise: (kind) => inherited(none, ALL, kind),
        change: (levels) => this.set({ levels }),
      })}
      ${renderMeanings(strings)}
      <h3>${strings.text("notices.house_title")}</h3>
      ${renderHouse({
        strings,
        chosen: defaults.house,
        change: (house) => this.set({ house }),
      })}
      <h3>${this.words("buttons")}</h3>
      <p class="muted">${this.words("buttons_hint")}</p>
      ${renderButtons({
        strings,
        buttons: this.buttons,
        states: this.hass.states,
        change: (buttons) => this.setButtons(buttons),
        replace: (buttons, focus) => {
          this.setButtons(buttons);
          void this.focusOn(focus);
        },
      })}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-household-notices": HouseholdNotices;
  }
}
