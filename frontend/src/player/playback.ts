/** Plays a video, and seeks and steps in it. */

import { Frames } from "./frames.ts";

export const SPEEDS = [0.5, 1, 2, 4] as const;
/** Seconds that an arrow key, and J or L, skip. */
export const STEP = 5;
export const LEAP = 10;

export type Video = Pick<
  HTMLVideoElement,
  | "currentTime"
  | "duration"
  | "ended"
  | "muted"
  | "pause"
  | "paused"
  | "play"
  | "playbackRate"
  | "seeking"
>;

export class Playback {
  readonly frames = new Frames();
  readonly #video: Video;
  readonly #recorded: number;
  /** Where a seek leads that waits for an earlier one. */
  #goal: number | undefined;
  /** Where the video was last told to go. Browsers may round it. */
  #told: number | undefined;
  #scrubbing = false;
  #resumes = false;

  /** `recorded` is the length of the clip, which is known before that of the video. */
  constructor(video: Video, recorded: number) {
    this.#video = video;
    this.#recorded = recorded;
  }

  get length(): number {
    const { duration } = this.#video;
    return Number.isFinite(duration) && duration > 0 ? duration : this.#recorded;
  }

  get at(): number {
    return Math.min(this.#goal ?? this.#video.currentTime, this.length);
  }

  get plays(): boolean {
    return this.#scrubbing ? this.#resumes : !this.#video.paused;
  }

  toggle(): void {
    if (this.plays) this.#video.pause();
    else void this.#play();
  }

  async #play(): Promise<void> {
    try {
      await this.#video.play();
    } catch {
      // The browser does not allow it, or the source was replaced.
    }
  }

  skip(seconds: number): void {
    this.seek(this.at + seconds);
  }

  step(direction: -1 | 1): void {
    this.#video.pause();
    this.seek(this.frames.beside(this.at, direction));
  }

  /** Go to a time. While the video still seeks, only the last time counts. */
  seek(to: number): void {
    this.#goal = Math.max(0, Math.min(to, this.length));
    // Who goes to the end wants to see it, not the next clip.
    if (to >= this.length) this.#video.pause();
    if (!this.#video.seeking) this.#go();
  }

  /** The video shows the frame that it was asked for. */
  seeked(): void {
    if (this.#goal === undefined) return;
    if (this.#goal !== this.#told) {
      this.#go();
      return;
    }
    this.#goal = this.#told = undefined;
  }

  /** The video is long enough to seek in. It stays silent about a seek to its start before. */
  loaded(): void {
    if (!this.#video.seeking) this.#goal = undefined;
  }

  #go(): void {
    if (this.#goal === undefined) return;
    this.#told = this.#goal;
    this.#video.currentTime = this.#goal;
  }

  /** Show the frames under the finger, without sound. */
  scrub(to: number): void {
    if (!this.#scrubbing) {
      this.#resumes = this.plays && !this.#video.ended;
      this.#scrubbing = true;
      this.#video.pause();
    }
    this.seek(to);
  }

  /** Go on as before. */
  letGo(): void {
    if (!this.#scrubbing) return;
    this.#scrubbing = false;
    if (this.#resumes && this.at < this.length) void this.#play();
  }
}
