/** A doorbell's tile: still or live view, recording state, and a button to record. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { eventName } from "../clips/clip-words.ts";
import { cameraStream, type Showing } from "../ha/camera-stream.ts";
import { HomeElement } from "../ha/home-element.ts";
import { REPAIRS } from "../ha/places.ts";
import { duration } from "../i18n/format.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { liveCamera, noLive, noteOf, type LiveCamera } from "./live-camera.ts";
import { renderControls } from "./live-controls.ts";
import "./live-view.ts";
import "./talk-button.ts";
import type { LiveView } from "./live-view.ts";
import { isFloating } from "./screen.ts";
import { Snapshots } from "./snapshots.ts";
import { stillStyles } from "./still-styles.ts";

/** Seconds that Record now records, unless it is stopped. */
export const RECORD_FOR = 60;

@customElement("doorwatch-still")
export class Still extends HomeElement {
  static override readonly styles = [shared, stillStyles];

  @property({ attribute: false }) doorbell!: api.Doorbell;
  @property({ attribute: false }) recording: api.Recording | undefined;
  @property({ attribute: false }) live: api.Live | undefined;
  /** Without the button to record. */
  @property({ type: Boolean, attribute: "view-only" }) viewOnly = false;
  /** The user wants live view; it plays while it is visible. */
  @property({ type: Boolean, reflect: true, attribute: "live" }) wanted = false;
  @state() private showing: Showing | undefined;
  @state() private muted = true;
  @state() private onScreen = false;
  @state() private busy = false;
  @query(".tile") private readonly tile!: HTMLElement | null;
  @query("doorwatch-live-view") readonly view!: LiveView | null;
  private readonly snapshots = new Snapshots(() => this.requestUpdate());
  private readonly seen = new IntersectionObserver((entries) => {
    this.onScreen = entries.at(-1)?.isIntersecting ?? false;
    if (this.onScreen) this.look();
  });
  /** The selector of the button that replaces the pressed one. */
  private goOnAt: string | undefined;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.seen.observe(this);
    document.addEventListener("visibilitychange", this.turned);
    this.ticking = setInterval(() => this.tick(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.seen.disconnect();
    document.removeEventListener("visibilitychange", this.turned);
    clearInterval(this.ticking);
    this.snapshots.forget();
    this.end();
  }

  private readonly turned = (): void => this.requestUpdate();

  private tick(): void {
    if (this.recording || this.wanted) this.requestUpdate();
    if (this.onScreen && !document.hidden) this.look();
  }

  private get entity(): string | null {
    return this.doorbell.camera_entity_id;
  }

  private get offline(): boolean {
    const state = this.hass.states[this.entity ?? ""]?.state;
    return state === "unavailable" || this.live?.live_problem === "unavailable";
  }

  private get camera(): LiveCamera | undefined {
    return liveCamera(this.hass, this.doorbell, this.live);
  }

  private look(): void {
    if (this.entity && !this.offline) void this.snapshots.look(this.hass, this.entity);
  }

  // Live

  /** Show live view, or core's own dialog if the player is not available. */
  async play({ dialog = true } = {}): Promise<void> {
    if (!this.camera || this.wanted) return;
    if (dialog) this.goOnAt = ".end";
    const there = await cameraStream();
    if (!this.isConnected) return;
    if (there) this.want(true);
    else if (dialog) this.openDialog();
  }

  /** Return to the still. */
  end(): void {
    if (this.tile?.matches(":fullscreen")) void document.exitFullscreen();
    this.want(false);
    this.showing = undefined;
  }

  private want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (wanted) this.showing = undefined;
    this.dispatchEvent(
      new CustomEvent("live-changed", { bubbles: true, composed: true }),
    );
  }

  private openDialog(): void {
    this.dispatchEvent(
      new CustomEvent("hass-more-info", {
        detail: { entityId: this.camera?.entity },
        bubbles: true,
        composed: true,
      }),
    );
  }

  /** Whether somebody can see it, here or in picture-in-picture. */
  private get looking(): boolean {
    if (isFloating(this.view?.video)) return true;
    return this.onScreen && !document.hidden && this.hass.connected;
  }

  private readonly shows = ({ detail }: CustomEvent<Showing>): void => {
    this.showing = detail;
    if (detail === "failed") {
      this.goOnAt = ".picture";
      this.want(false);
    }
  };

  // Recording

  private async record(): Promise<void> {
    const { doorbell_id, name } = this.doorbell;
    this.goOnAt = ".stop";
    await this.attempt(async (connection) => {
      const recorded = await api.record(connection, doorbell_id, RECORD_FOR);
      const kind = recorded.extends?.find((one) => one !== "manual");
      const text = kind
        ? this.strings.text("live.extends", {
            event: eventName(this.strings, kind),
            name,
          })
        : this.strings.text("snackbar.recording", { name });
      say(this, { text });
    });
  }

  private async stop(): Promise<void> {
    const { doorbell_id } = this.doorbell;
    this.goOnAt = ".record";
    await this.attempt((connection) => api.stopRecording(connection, doorbell_id));
  }

  private async attempt(
    act: (connection: typeof this.hass.connection) => Promise<unknown>,
  ): Promise<void> {
    this.busy = true;
    try {
      await act(this.hass.connection);
    } catch (error) {
      this.goOnAt = undefined;
      say(this, { text: problemText(this.strings, api.failureOf(error)) });
    }
    this.busy = false;
  }

  // Rendering

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("doorbell");
    if (before && before.doorbell_id !== this.doorbell.doorbell_id) {
      this.snapshots.forget();
      this.end();
    }
    if (!this.wanted) return;
    if (!this.camera) this.end();
    else if (!this.looking) this.showing = undefined;
  }

  /** Move the focus to the button that replaced the pressed one. */
  protected override updated(): void {
    if (!this.goOnAt || this.busy) return;
    const next = this.renderRoot.querySelector<HTMLElement>(this.goOnAt);
    if (!next) return;
    this.goOnAt = undefined;
    if (document.activeElement === document.body) next.focus();
  }

  protected override render(): TemplateResult {
    const { recording, wanted, camera, looking, live } = this;
    return html`<div
      class="tile ${wanted ? "live" : ""}"
      @fullscreenchange=${this.turned}
    >
      <div class="frame">
        ${this.picture()}
        ${
          wanted && camera && looking
            ? html`<doorwatch-live-view
                .camera=${camera}
                .muted=${this.muted}
                @live-showing=${this.shows}
              ></doorwatch-live-view>`
            : nothing
        }
        ${recording && !live?.recording_problem ? this.recordingSign(recording) : nothing}
        <div class="foot">
          <span class="name">${this.doorbell.name}</span>
          <div role="status">${wanted ? this.liveSign() : nothing}</div>
          ${this.mayRecord ? this.recordButton() : nothing}
        </div>
      </div>
      ${wanted ? this.controls() : nothing} ${this.note()}
      <div role="status">${this.notRecording()}</div>
      ${wanted && live ? html`<doorwatch-talk .live=${live} .name=${this.doorbell.name}></doorwatch-talk>` : nothing}
    </div>`;
  }

  private picture(): TemplateResult {
    const { strings, snapshots, wanted, offline, camera } = this;
    const { name } = this.doorbell;
    const { source } = snapshots;
    const none = offline
      ? strings.text("live.offline")
      : !source && (snapshots.missing || !this.entity)
        ? strings.text("live.none")
        : "";
    const inside = none
      ? html`<span>${none}</span>`
      : source
        ? html`<img src=${source} alt="" />`
        : nothing;
    if (wanted || !camera) return html`<div class="picture">${inside}</div>`;
    const opens = strings.text("live.open", { name });
    return html`<button
      class="picture"
      aria-label=${none ? `${none}. ${opens}` : opens}
      @click=${() => void this.play()}
    >
      ${inside}
    </button>`;
  }

  private liveSign(): TemplateResult {
    const { showing, strings } = this;
    return html`<div class="sign">
      ${
        showing === "playing"
          ? html`<i></i>${strings.text("live.live")}`
          : strings.text(this.looking ? "live.starting" : "live.paused")
      }
    </div>`;
  }

  private note(): TemplateResult | typeof nothing {
    const { strings, live, wanted, showing, offline, camera } = this;
    if (showing === "failed")
      return html`<p class="note problem" role="alert">
        ${icon("alert")}${strings.text("live.failed")}
      </p>`;
    const words =
      !camera && !offline && this.entity && live
        ? noLive(strings, live)
        : noteOf(strings, live, wanted ? (showing ?? "starting") : undefined);
    return words ? html`<p class="note">${words}</p>` : nothing;
  }

  private notRecording(): TemplateResult | typeof nothing {
    const { strings, live, hass } = this;
    if (!live?.recording_problem) return nothing;
    return html`<p class="note problem">
      ${icon("alert")}
      <span
        >${strings.text(`live.not_recording.${live.recording_problem}`)}
        ${
          hass.user?.is_admin
            ? html`<a href=${REPAIRS}>${strings.text("live.repairs")}</a>`
            : nothing
        }</span
      >
    </p>`;
  }

  private controls(): TemplateResult {
    const { strings, doorbell, muted } = this;
    return renderControls({
      strings,
      name: doorbell.name,
      muted,
      video: this.view?.video,
      tile: this.tile,
      end: () => {
        this.goOnAt = ".picture";
        this.end();
      },
      mute: (quiet) => (this.muted = quiet),
      changed: () => this.requestUpdate(),
    });
  }

  private get mayRecord(): boolean {
    const { may_control, records } = this.doorbell;
    return !this.viewOnly && may_control && records;
  }

  private recordingSign({ since }: api.Recording): TemplateResult {
    const seconds = (Date.now() - Date.parse(since)) / 1000;
    return html`<div class="sign recording">
      <i></i>
      <span role="status">${this.strings.text("live.recording")}</span>
      <span aria-hidden="true">${duration(seconds)}</span>
    </div>`;
  }

  private recordButton(): TemplateResult {
    const { strings, recording, busy, hass, live } = this;
    const { name } = this.doorbell;
    const off = busy || !hass.connected || Boolean(live?.recording_problem);
    if (recording?.by_hand_until)
      return html`<button
        class="stop"
        aria-label=${strings.text("live.stop_label", { name })}
        ?disabled=${off}
        @click=${() => void this.stop()}
      >
        ${icon("stop")}<span class="words">${strings.text("live.stop")}</span>
      </button>`;
    return html`<button
      class="record"
      aria-label=${strings.text("live.record_label", { name })}
      ?disabled=${off}
      @click=${() => void this.record()}
    >
      ${icon("record")}<span class="words">${strings.text("live.record")}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-still": Still;
  }
  interface HTMLElementEventMap {
    /** Live view of a doorbell started or ended. */
    "live-changed": CustomEvent;
  }
}
