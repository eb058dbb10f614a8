/** The first clip, which plays as soon as it is there. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Clip } from "../api/commands.ts";
import { playAnyway } from "../clips/play-anyway.ts";
import { HomeElement } from "../ha/home-element.ts";
import type { ClipPlayer } from "../player/clip-player.ts";
import { icon } from "../ui/icons.ts";
import { shared } from "../ui/styles.ts";

@customElement("doorwatch-first-clip")
export class FirstClip extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        justify-items: center;
        gap: 12px;
      }
      doorwatch-clip-player {
        width: 100%;
      }
      doorwatch-clip-player:not(:defined) {
        aspect-ratio: var(--ratio);
      }
    `,
  ];

  @property({ attribute: false }) clip!: Clip;
  /** The video's accessible name. */
  @property({ attribute: false }) label = "";
  /** The video has loaded, and does not play without a tap. */
  @state() private needsTap = false;
  @query("doorwatch-clip-player") private readonly player!: ClipPlayer;

  protected override firstUpdated(): void {
    // The open page may be from before an update.
    void this.follow().catch(() => undefined);
  }

  private async follow(): Promise<void> {
    await import("../player/player.ts");
    await this.player.updateComplete;
    const root = this.player.renderRoot;
    // Events of media don't leave the player.
    root.addEventListener("loadeddata", this.loaded, { capture: true });
    root.addEventListener("play", () => (this.needsTap = false), { capture: true });
    // The video may have loaded before the listener was added.
    const video = root.querySelector("video");
    if (video && video.readyState >= video.HAVE_CURRENT_DATA) void this.begin(video);
  }

  private readonly loaded = ({ target }: Event): void => {
    void this.begin(target as HTMLVideoElement);
  };

  private async begin(video: HTMLVideoElement): Promise<void> {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.needsTap = still || !(await playAnyway(video));
  }

  private async play(): Promise<void> {
    const video = this.player.renderRoot.querySelector("video");
    if (!video || !(await playAnyway(video))) return;
    video.focus();
  }

  protected override render(): TemplateResult {
    const { clip } = this;
    return html`<doorwatch-clip-player
        style="--ratio: ${clip.width || 16} / ${clip.height || 9}"
        .clip=${clip}
        .label=${this.label}
      ></doorwatch-clip-player>
      ${
        this.needsTap
          ? html`<button @click=${() => void this.play()}>
              ${icon("play")} ${this.strings.text("page.first.play")}
            </button>`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-first-clip": FirstClip;
  }
}
