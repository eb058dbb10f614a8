/** A doorbell's tile: still or live view, recording state, and a button to record. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type * as api from "../api/commands.ts";
import { cameraStream, isOver, type Showing } from "../ha/camera-stream.ts";
import { HomeElement } from "../ha/home-element.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { liveCamera, type LiveCamera } from "./live-camera.ts";
import { renderControls } from "./live-controls.ts";
import "./live-view.ts";
import { ManualRecording } from "./manual-recording.ts";
import { renderRecordButton, renderRecordingSign } from "./record-button.ts";
import "./talk-button.ts";
import type { LiveView } from "./live-view.ts";
import { isFloating } from "./screen.ts";
import { Snapshots } from "./snapshots.ts";
import { stillStyles } from "./still-styles.ts";
import { renderLiveSign, renderNote, renderPicture } from "./tile-parts.ts";
import {
  isAway,
  isRecordable,
  problemsOnCard,
  tileState,
  type TileState,
} from "./tile-state.ts";

@customElement("doorwatch-still")
export class Still extends HomeElement {
  static override readonly styles = [shared, stillStyles];

  @property({ attribute: false }) doorbell!: api.Doorbell;
  @property({ attribute: false }) recording: api.Recording | undefined;
  @property({ attribute: false }) live: api.Live | undefined;
  /** Without the button to record. */
  @property({ type: Boolean, attribute: "view-only" }) viewOnly = false;
  /** The page around it already says that nothing detects motion. */
  @property({ type: Boolean, attribute: "first-run" }) firstRun = false;
  /** The user wants live view; it plays while it is visible. */
  @property({ type: Boolean, reflect: true, attribute: "live" }) wanted = false;
  @state() private showing: Showing | undefined;
  @state() private muted = true;
  @state() private onScreen = false;
  @query(".tile") private readonly tile!: HTMLElement | null;
  @query("doorwatch-live-view") private readonly view!: LiveView | null;
  private readonly snapshots = new Snapshots(() => this.requestUpdate());
  private readonly manual = new ManualRecording(
    this,
    (text) => say(this, { text }),
    () => this.requestUpdate(),
  );
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

  private get camera(): LiveCamera | undefined {
    return liveCamera(this.hass, this.doorbell, this.live);
  }

  /** The camera that live view shows, if there is one. */
  get liveEntity(): string | undefined {
    return this.camera?.entity;
  }

  private look(): void {
    const { hass, doorbell, live, snapshots, entity } = this;
    // While it is away, the last image is fetched once.
    const done = snapshots.source !== undefined || snapshots.missing;
    if (!entity || (done && isAway(hass, doorbell, live))) return;
    void snapshots.look(hass, entity);
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
    if (isOver(detail)) {
      this.goOnAt = ".again";
      this.want(false);
    }
  };

  // Recording

  private async record(): Promise<void> {
    this.goOnAt = ".stop";
    if (!(await this.manual.start())) this.goOnAt = undefined;
  }

  private async stop(): Promise<void> {
    this.goOnAt = ".record";
    if (!(await this.manual.stop())) this.goOnAt = undefined;
  }

  // Rendering

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("doorbell");
    if (before && before.doorbell_id !== this.doorbell.doorbell_id) {
      this.snapshots.forget();
      this.end();
    }
    // Loaded when needed; without it, the image still says that a doorbell is offline.
    if (this.problems.length > 0)
      void import("./doorbell-problems.ts").catch(() => undefined);
    if (!this.wanted) return;
    if (!this.camera) this.end();
    else if (!this.looking) this.showing = undefined;
  }

  /** Move the focus to the button that replaced the pressed one. */
  protected override updated(): void {
    if (!this.goOnAt || this.manual.busy) return;
    const next = this.renderRoot.querySelector<HTMLElement>(this.goOnAt);
    if (!next) return;
    this.goOnAt = undefined;
    if (document.activeElement === document.body) next.focus();
  }

  protected override render(): TemplateResult {
    const { strings, recording, wanted, looking, live, showing, shown } = this;
    const { camera } = shown;
    const { name } = this.doorbell;
    return html`<div
      class="tile ${wanted ? "live" : ""}"
      @fullscreenchange=${this.turned}
    >
      <div class="frame">
        ${renderPicture({
          ...{ strings, name, shown, wanted },
          source: this.snapshots.source,
          play: () => void this.play(),
        })}
        ${
          wanted && camera && looking
            ? html`<doorwatch-live-view
                .camera=${camera}
                .muted=${this.muted}
                @live-showing=${this.shows}
              ></doorwatch-live-view>`
            : nothing
        }
        ${recording && isRecordable(live) ? renderRecordingSign(strings, recording) : nothing}
        <div class="foot">
          <span class="name">${name}</span>
          <div role="status">
            ${wanted ? renderLiveSign(strings, showing, looking) : nothing}
          </div>
          ${this.recordButton()}
        </div>
      </div>
      ${wanted ? this.controls() : nothing}
      ${renderNote({
        ...{ strings, name, shown, showing },
        again: () => void this.play(),
      })}
      <doorwatch-doorbell-problems
        .doorbell=${this.doorbell}
        .problems=${this.problems}
        @problem-solved=${() => {
          this.goOnAt = "button.picture";
          this.requestUpdate();
        }}
      ></doorwatch-doorbell-problems>
      ${wanted && live ? html`<doorwatch-talk .live=${live} .name=${name}></doorwatch-talk>` : nothing}
    </div>`;
  }

  private get shown(): TileState {
    const { hass, strings, locale, doorbell, live, wanted, showing, snapshots } = this;
    return tileState({
      ...{ hass, strings, locale, doorbell, live, wanted, showing },
      image: snapshots.source !== undefined,
      missing: snapshots.missing,
    });
  }

  private get problems(): readonly api.DoorbellProblem[] {
    const { live, hass, viewOnly, firstRun } = this;
    const all = live?.problems ?? [];
    if (viewOnly) return problemsOnCard(all, hass.user?.is_admin ?? false);
    return firstRun ? all.filter(({ kind }) => kind !== "no_motion") : all;
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

  private recordButton(): TemplateResult | typeof nothing {
    const { strings, doorbell, recording, hass, live, manual } = this;
    const { may_control, records, name } = doorbell;
    if (this.viewOnly || !may_control || !records) return nothing;
    const stops = Boolean(recording?.by_hand_until);
    if (!stops && isAway(hass, doorbell, live)) return nothing;
    return renderRecordButton({
      ...{ strings, name, recording },
      disabled: manual.busy || !hass.connected || !(stops || isRecordable(live)),
      start: () => void this.record(),
      stop: () => void this.stop(),
    });
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
