/**
 * Talk at a doorbell: hold or tap a button; shows who else talks, and why talking is not
 * possible.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { HoldInput } from "./hold-input.ts";
import { renderLevel, renderNoTalk, renderTalkState } from "./talk-parts.ts";
import { TalkSession } from "./talk-session.ts";
import { talkStyles } from "./talk-styles.ts";
import { buttonText, otherTalker, talkProblem } from "./talk-words.ts";

@customElement("doorwatch-talk")
export class TalkButton extends HomeElement {
  static override readonly styles = [shared, talkStyles];

  @property({ attribute: false }) live!: Live;
  @property({ attribute: false }) name = "";
  private readonly session = new TalkSession(
    () => this.hass.connection,
    () => this.requestUpdate(),
  );
  private readonly input = new HoldInput(this.session.hold, () => this.end());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end();
  }

  /** Stop talking, whatever is pressed. */
  end(): void {
    this.session.end();
  }

  /** The button to continue disappears after use. */
  private readonly keepTalking = (): void => {
    this.renderRoot.querySelector<HTMLElement>(".talk")?.focus();
    void this.session.keepTalking();
  };

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("live")) this.session.follow(this.live);
  }

  protected override render(): TemplateResult {
    const { strings, session, input, live, name, hass } = this;
    const { talk, hold, level } = session;
    const problem = talkProblem(live);
    if (problem)
      return renderNoTalk(strings, problem, {
        isAdmin: hass.user?.is_admin ?? false,
        isOpen: talk.failure !== undefined,
      });
    const words = buttonText(strings, talk, hold.stays);
    const other = otherTalker(live, talk);
    const asks = session.endsSoon && hold.stays;
    const state = renderTalkState(strings, talk, { words, other, asks });
    return html`<div class="line">
        <button
          class=${talk.on ? "talk on" : "talk"}
          aria-label=${strings.text("talk.label", { words, name })}
          aria-pressed=${talk.on}
          aria-describedby="words"
          title=${strings.text("talk.title")}
          ?disabled=${other !== undefined || !hass.connected}
          @pointerdown=${input.down}
          @pointerup=${input.up}
          @pointercancel=${input.cancel}
          @lostpointercapture=${input.up}
          @keydown=${input.key}
          @keyup=${input.key}
          @blur=${input.cancel}
          @click=${input.click}
          @contextmenu=${(event: Event) => event.preventDefault()}
        >
          ${icon("talk")} ${words}
        </button>
        ${talk.state === "talking" ? renderLevel(strings, level) : nothing}
        ${
          asks
            ? html`<button
                class="go-on"
                aria-label=${strings.text("talk.go_on_label", { name })}
                @click=${this.keepTalking}
              >
                ${strings.text("talk.go_on")}
              </button>`
            : nothing
        }
      </div>
      <p id="words" class="words" role="status">${state}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-talk": TalkButton;
  }
}
