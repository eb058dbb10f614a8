/** A doorbell's tile: still or live view, recording state, and a button to record. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type * as api from "../api/commands.ts";
import { cameraStream, type Showing } from "../ha/camera-stream.ts";
import { HomeElement } from "../ha/home-element.ts";
import { NextFocus } from "../ui/next-focus.ts";
import { OnScreen } from "../ui/on-screen.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { Ticker } from "../ui/ticker.ts";
import { liveCamera } from "./live-camera.ts";
import { renderControls } from "./live-controls.ts";
import { LiveSession } from "./live-session.ts";
import "./live-view.ts";
import type { LiveView } from "./live-view.ts";
import { ManualRecording } from "./manual-recording.ts";
import { renderRecordButton, renderRecordingSign } from "./record-button.ts";
import { isFloating } from "./screen.ts";
import { Snapshots } from "./snapshots.ts";
import { stillStyles } from "./still-styles.ts";
import "./talk-button.ts";
import { renderLiveSign, renderNote, renderPicture } from "./tile-parts.ts";
import {
  canRecord,
  isAway,
  isRecordable,
  problemsOnTile,
  tileState,
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
  @query("doorwatch-live-view") readonly view!: LiveView | null;
  @query(".tile") private readonly tile!: HTMLElement | null;
  private readonly session = new LiveSession(
    () => this.requestUpdate(),
    () => {
      this.requestUpdate("wanted", !this.wanted);
      this.dispatchEvent(
        new CustomEvent("live-changed", { bubbles: true, composed: true }),
      );
    },
  );
  private readonly snapshots = new Snapshots(() => this.requestUpdate());
  private readonly manual = new ManualRecording(
    this,
    (text) => say(this, { text }),
    () => this.requestUpdate(),
  );
  private readonly onScreen = new OnScreen(this, () => this.look());
  private readonly nextFocus = new NextFocus(this);

  constructor() {
    super();
    new Ticker(this, 1_000, () => {
      if (this.recording || this.wanted) this.requestUpdate();
      if (this.onScreen.now) this.look();
    });
  }

  /** The user wants live view; it plays while it is visible. */
  @property({ type: Boolean, reflect: true, attribute: "live" })
  get wanted(): boolean {
    return this.session.wanted;
  }

  /** The camera that live view shows, if there is one. */
  get liveEntity(): string | undefined {
    return liveCamera(this.hass, this.doorbell, this.live)?.entity;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.snapshots.forget();
    this.end();
  }

  /** Show live view, or core's own dialog if the player is not available. */
  async play({ dialog = true } = {}): Promise<void> {
    const entityId = this.liveEntity;
    if (!entityId || this.wanted) return;
    if (dialog) this.nextFocus.expect(".end");
    const there = await cameraStream();
    if (!this.isConnected) return;
    if (there) this.session.start();
    else if (dialog)
      this.dispatchEvent(
        new CustomEvent("hass-more-info", {
          detail: { entityId },
          bubbles: true,
          composed: true,
        }),
      );
  }

  /** Return to the still. */
  end(): void {
    if (this.tile?.matches(":fullscreen")) void document.exitFullscreen();
    this.session.end();
  }

  /** Whether somebody can see it, here or in picture-in-picture. */
  private get isSeen(): boolean {
    return isFloating(this.view?.video) || (this.onScreen.now && this.hass.connected);
  }

  /** Fetch the next image. */
  private look(): void {
    const { hass, doorbell, live, snapshots } = this;
    const entity = doorbell.camera_entity_id;
    // While it is away, the last image is fetched once.
    if (!entity || (snapshots.isTried && isAway(hass, doorbell, live))) return;
    void snapshots.look(hass, entity);
  }

  /** Focus the `next` button after a command, unless that fails. */
  private async focusAfter(command: Promise<boolean>, next: string): Promise<void> {
    this.nextFocus.expect(next);
    if (!(await command)) this.nextFocus.cancel();
  }

  private get problems(): readonly api.DoorbellProblem[] {
    return problemsOnTile(this.live, {
      isCard: this.viewOnly,
      isFirstRun: this.firstRun,
      isAdmin: this.hass.user?.is_admin ?? false,
    });
  }

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
    if (!this.liveEntity) this.end();
    else if (!this.isSeen) this.session.pause();
  }

  protected override render(): TemplateResult {
    const { hass, strings, locale, doorbell, recording, live, wanted } = this;
    const { snapshots, session, nextFocus, isSeen } = this;
    const { name } = doorbell;
    const { showing, isMuted: muted } = session;
    const shown = tileState({
      ...{ hass, strings, locale, doorbell, live, wanted, showing },
      image: snapshots.source !== undefined,
      missing: snapshots.missing,
    });
    const changed = (): void => this.requestUpdate();
    return html`<div class="tile ${wanted ? "live" : ""}" @fullscreenchange=${changed}>
      <div class="frame">
        ${renderPicture({
          ...{ strings, name, shown, wanted, source: snapshots.source },
          play: () => void this.play(),
        })}
        ${
          wanted && shown.camera && isSeen
            ? html`<doorwatch-live-view
                .camera=${shown.camera}
                .muted=${muted}
                @live-showing=${({ detail }: CustomEvent<Showing>) => {
                  if (session.hear(detail)) nextFocus.expect(".again");
                }}
              ></doorwatch-live-view>`
            : nothing
        }
        ${recording && isRecordable(live) ? renderRecordingSign(strings, recording) : nothing}
        <div class="foot">
          <span class="name">${name}</span>
          <div role="status">
            ${wanted ? renderLiveSign(strings, showing, isSeen) : nothing}
          </div>
          ${this.recordButton()}
        </div>
      </div>
      ${
        wanted
          ? renderControls({
              ...{ strings, name, muted, changed, video: this.view?.video },
              tile: this.tile,
              end: () => {
                nextFocus.expect(".picture");
                this.end();
              },
              mute: (isMuted) => session.mute(isMuted),
            })
          : nothing
      }
      ${renderNote({
        ...{ strings, name, shown, showing },
        again: () => void this.play(),
      })}
      <doorwatch-doorbell-problems
        .doorbell=${doorbell}
        .problems=${this.problems}
        @problem-solved=${() => {
          nextFocus.expect("button.picture");
          this.requestUpdate();
        }}
      ></doorwatch-doorbell-problems>
      ${wanted && live ? html`<doorwatch-talk .live=${live} .name=${name}></doorwatch-talk>` : nothing}
    </div>`;
  }

  private recordButton(): TemplateResult | typeof nothing {
    const { strings, doorbell, recording, hass, live, manual } = this;
    const works = this.viewOnly
      ? undefined
      : canRecord(hass, doorbell, live, recording);
    if (works === undefined) return nothing;
    return renderRecordButton({
      ...{ strings, name: doorbell.name, recording },
      disabled: manual.busy || !works,
      start: () => void this.focusAfter(manual.start(), ".stop"),
      stop: () => void this.focusAfter(manual.stop(), ".record"),
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
