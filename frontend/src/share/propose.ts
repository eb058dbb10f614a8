/** For persons who may not share a clip: suggest it to those who may, and show the result. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { dayInWords, shortTimes } from "../i18n/format.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { whomToAsk } from "./share-blocked.ts";

@customElement("doorwatch-propose")
export class Propose extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        margin-top: 8px;
      }
      p {
        margin: 0;
      }
      .became {
        margin-bottom: 8px;
      }
      .offer {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      .offer p {
        flex: 1 1 20rem;
      }
      @media (max-width: 600px) {
        /* In the place of Share. */
        .offer button {
          flex: 1 1 100%;
          order: -1;
        }
      }
    `,
  ];

  @property({ attribute: false }) clipId = "";
  /** The state of this person's suggestion; undefined until it is loaded. */
  @state() private proposed: api.OwnProposal["proposed"] | undefined;
  /** Those who can allow this person to share. */
  @state() private administrators: readonly string[] = [];
  @state() private busy = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("hass");
    const back = before && !before.connected && this.hass.connected;
    if (changed.has("clipId")) this.proposed = undefined;
    if (changed.has("clipId") || back) void this.look();
  }

  private async look(): Promise<void> {
    const { clipId } = this;
    await this.attempt(async (connection) => {
      const [{ proposed }, { administrators }] = await Promise.all([
        shareApi.ownProposal(connection, clipId),
        shareApi.agencies(connection),
      ]);
      if (clipId !== this.clipId) return;
      this.proposed = proposed;
      this.administrators = administrators;
    });
  }

  private async propose(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const { clipId } = this;
    if (await this.attempt((connection) => shareApi.propose(connection, clipId))) {
      await this.look();
      await this.focusOn(".became");
    }
    this.busy = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { strings, proposed } = this;
    if (proposed === undefined && !this.failure) return nothing;
    // A dismissed suggestion was answered; an expired one was not.
    const open = !proposed || proposed.became === "over";
    return html`${renderProblem(strings, this.failure)}
    ${
      proposed
        ? html`<p class="banner became" tabindex="-1" role="status">
            ${icon("share")}<span class="grow">${this.became(proposed)}</span>
          </p>`
        : nothing
    }
    ${
      open
        ? html`<div class="offer">
            <p class="muted">
              ${strings.text("propose.why")} ${whomToAsk(strings, this.administrators)}
              ${strings.text("propose.hint")}
            </p>
            <button
              ?disabled=${!this.hass.connected}
              aria-disabled=${this.busy}
              @click=${() => void this.propose()}
            >
              ${icon("share")} ${strings.text("propose.propose")}
            </button>
          </div>`
        : nothing
    }`;
  }

  private became({ at, became }: api.Proposed): string {
    const { strings, locale } = this;
    const zone = this.hass.config.time_zone;
    return strings.text(`propose.became.${became}`, {
      day: dayInWords(at, zone, locale),
      time: shortTimes(zone, locale).minute(Date.parse(at)),
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-propose": Propose;
  }
}
