/**
 * Talk at a doorbell: hold or tap a button; shows who else talks, and why talking is not
 * possible.
 */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { goOnTalking, type Live } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { GO2RTC } from "../ha/places.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";
import { Hold } from "./hold.ts";
import { Level } from "./level.ts";
import { canTalk, Talk } from "./talk.ts";

/** The volume from which somebody speaks. */
const HEARD = 0.08;

@customElement("doorwatch-talk")
export class TalkButton extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        color: inherit;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      button,
      button:hover {
        /* It is on the dark footer of an image in every theme. */
        background: color-mix(in srgb, currentColor 18%, transparent);
        color: inherit;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
        -webkit-touch-callout: none;
      }
      /* Keep the size when the label changes under the finger. */
      button.talk {
        width: min(100%, 24rem);
        min-height: 52px;
        border-radius: 26px;
      }
      button.on,
      button.on:hover {
        border-color: transparent;
        background: #c5221f;
        color: #fff;
      }
      .level {
        width: 72px;
        height: 8px;
        border-radius: 4px;
        overflow: hidden;
        background: color-mix(in srgb, currentColor 24%, transparent);
      }
      .level i {
        display: block;
        height: 100%;
        border-radius: inherit;
        background: currentColor;
        forced-color-adjust: none;
        transform-origin: 0;
      }
      .level:dir(rtl) i {
        transform-origin: 100%;
      }
      @media (prefers-reduced-motion: reduce) {
        .level {
          display: none;
        }
        .hears {
          position: static;
          width: auto;
          clip-path: none;
        }
      }
      a {
        color: inherit;
      }
      p {
        margin: 4px 0;
        font-size: 0.875rem;
      }
      .words:empty {
        margin: 0;
      }
      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
        cursor: pointer;
        font-size: 0.875rem;
      }
      .icon {
        width: 1.25rem;
        height: 1.25rem;
      }
    `,
  ];

  @property({ attribute: false }) live!: Live;
  @property({ attribute: false }) name = "";
  @state() private level = 0;
  private meter: Level | undefined;
  private readonly talk = new Talk(() => this.talkChanged());
  private readonly hold = new Hold(
    () => void this.begin(),
    () => this.talk.end(),
  );

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end();
  }

  /** Stop talking, whatever is pressed. */
  end(): void {
    this.hold.drop();
    this.talk.end();
  }

  private async begin(): Promise<void> {
    const entity = this.live.talk_entity_id;
    if (!entity) return;
    await this.talk.start(this.hass.connection, entity);
  }

  private async goOn(): Promise<void> {
    // If this fails, the home ends the session and reports it.
    await goOnTalking(this.hass.connection, this.live.doorbell_id).catch(
      () => undefined,
    );
  }

  /** The button to continue disappears after use. */
  private readonly wentOn = (): void => {
    this.renderRoot.querySelector<HTMLElement>(".talk")?.focus();
    void this.goOn();
  };

  private talkChanged(): void {
    const { microphone, on } = this.talk;
    if (!on) this.hold.drop();
    if (microphone && !this.meter)
      this.meter = new Level(microphone, (level) => (this.level = level));
    else if (!microphone && this.meter) {
      this.meter.stop();
      this.meter = undefined;
      this.level = 0;
    }
    this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("live")) return;
    const before = changed.get("live");
    const same = before?.talk_entity_id === this.live.talk_entity_id;
    if (before && (!same || this.reason)) this.end();
    this.talk.heard(this.live.talker);
    // A user who holds the button is still there.
    if (this.endsSoon && !this.hold.stays && !before?.talker?.ends_soon)
      void this.goOn();
  }

  private get endsSoon(): boolean {
    return this.talk.endsSoon(this.live.talker);
  }

  /** Why nobody, or this user, can talk here. */
  private get reason(): string | undefined {
    const { talk_problem, talk_entity_id } = this.live;
    if (talk_problem) return talk_problem;
    if (!talk_entity_id) return "unavailable";
    if (!isSecureContext) return "insecure";
    return canTalk() ? undefined : "unsupported";
  }

  // Pointer, keyboard; and screen readers, which click without either.

  private readonly pressed = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.hold.press(event.timeStamp);
  };

  private readonly released = (event: Event): void =>
    this.hold.release(event.timeStamp);

  private readonly cancelled = (): void => {
    if (this.hold.stays) return;
    this.end();
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (event.type === "keyup") this.hold.release(event.timeStamp);
    else if (!event.repeat) this.hold.press(event.timeStamp);
  };

  private readonly clicked = (event: MouseEvent): void => {
    if (event.detail > 0) return;
    this.hold.press(event.timeStamp);
    this.hold.release(event.timeStamp);
  };

  protected override render(): TemplateResult {
    const { strings, reason, talk, live, name } = this;
    if (reason) return this.explained(reason);
    // This session may end before the home reports it.
    const { talker } = live;
    const other = !talk.on && talker && !talker.session_id ? talker.name : undefined;
    return html`<div class="line">
        <button
          class=${talk.on ? "talk on" : "talk"}
          aria-label=${strings.text("talk.label", { words: this.words, name })}
          aria-pressed=${talk.on}
          aria-describedby="words"
          title=${strings.text("talk.title")}
          ?disabled=${other !== undefined || !this.hass.connected}
          @pointerdown=${this.pressed}
          @pointerup=${this.released}
          @pointercancel=${this.cancelled}
          @lostpointercapture=${this.released}
          @keydown=${this.key}
          @keyup=${this.key}
          @blur=${this.cancelled}
          @click=${this.clicked}
          @contextmenu=${(event: Event) => event.preventDefault()}
        >
          ${icon("talk")} ${this.words}
        </button>
        ${talk.state === "talking" ? this.heard() : nothing}
        ${
          this.endsSoon && this.hold.stays
            ? html`<button
                class="go-on"
                aria-label=${strings.text("talk.go_on_label", { name })}
                @click=${this.wentOn}
              >
                ${strings.text("talk.go_on")}
              </button>`
            : nothing
        }
      </div>
      <p id="words" class="words" role="status">${this.told(other)}</p>`;
  }

  /** Opened immediately for a user who just pressed the button. */
  private explained(reason: string): TemplateResult {
    const { strings, talk } = this;
    const add = reason === "no_webrtc" && this.hass.user?.is_admin;
    return html`<details ?open=${talk.failure !== undefined}>
      <summary>${icon("talk_off")}${strings.text("talk.why")}</summary>
      <p>
        ${strings.text(`talk.problem.${add ? "no_webrtc_admin" : reason}`)}
        ${
          add
            ? html`<a href=${GO2RTC} target="_blank" rel="noreferrer"
                >${strings.text("talk.add_go2rtc")}</a
              >`
            : nothing
        }
      </p>
    </details>`;
  }

  private get words(): string {
    const { talk, hold, strings } = this;
    if (talk.state === "connecting") return strings.text("talk.connecting");
    if (talk.state === "idle") return strings.text("talk.hold");
    return strings.text(hold.stays ? "talk.stays" : "talk.talking");
  }

  private heard(): TemplateResult {
    const { strings, level } = this;
    return html`<div class="level" aria-hidden="true">
        <i style="transform: scaleX(${level.toFixed(2)})"></i>
      </div>
      <span class="sr hears">
        ${strings.text(level > HEARD ? "talk.hears" : "talk.quiet")}
      </span>`;
  }

  /** Describes the state; screen readers also hear that talking continues. */
  private told(other: string | undefined): string | TemplateResult {
    const { strings, talk, hold, words } = this;
    if (other !== undefined) return strings.text("talk.somebody", { name: other });
    if (this.endsSoon && hold.stays) return strings.text("talk.ends_soon");
    if (talk.on) return html`<span class="sr">${words}</span>`;
    if (talk.allowed) return strings.text("talk.allowed");
    if (!talk.failure) return "";
    if (talk.failure !== "refused") return strings.text(`talk.problem.${talk.failure}`);
    // Use this page's own text if there is one.
    const known = `talk.problem.${talk.code.replace(/^talk_/, "")}`;
    if (strings.has(known)) return strings.text(known);
    return talk.message || strings.text("talk.problem.refused");
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-talk": TalkButton;
  }
}
