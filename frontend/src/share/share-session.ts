/** One session of the share dialog: what is prepared, what was shown, and the tap. */

import * as api from "../api/commands.ts";
import * as shareApi from "../api/sharing.ts";
import { PrepareSession } from "./prepare-session.ts";

export type Ready = Extract<api.PrepareEvent, { type: "ready" }>;

export type Shown =
  | { name: "ready"; ready: Ready; expiresAt: number; seen: boolean }
  | { name: "tapped"; ready: Ready }
  | { name: "sent"; ready: Ready; shareId: string };

/** It is unknown whether the tap arrived; the list of shares shows it. */
const LOST_AFTER_TAP = "connection_lost_after_tap";
const PIN_PROBLEMS = ["pin_required", "pin_wrong", "pin_locked"];

export class ShareSession extends PrepareSession<Ready, Shown> {
  protected override readonly expired = "expired";
  /** Whether this home asked for a PIN. */
  askPin = false;
  /** Whether Home Assistant reported that the clip doesn't match the request. */
  doubted = false;
  #request: Pick<api.PrepareRequest, "clip_id" | "agency_id"> | undefined;

  /** Request the exact file and notice. */
  prepare(request: api.PrepareRequest): Promise<void> {
    const { clip_id, agency_id } = request;
    this.#request = { clip_id, agency_id };
    return this.start((callback) =>
      shareApi.prepare(this.connection, callback, request),
    );
  }

  protected override show(ready: Ready): void {
    const expiresAt = performance.now() + ready.expires_in * 1000;
    this.set({ name: "ready", ready, expiresAt, seen: false });
  }

  /** The preview showed an image. */
  pictureShown(): void {
    if (this.phase.name === "ready" && !this.phase.seen)
      this.set({ ...this.phase, seen: true });
  }

  /** Confirm. Only a real tap on something that was shown has an effect. */
  async share(event: Event): Promise<void> {
    if (!event.isTrusted || this.phase.name !== "ready" || !this.#request) return;
    const { ready, seen } = this.phase;
    if (!seen) return;
    this.stopExpiry();
    this.set({ name: "tapped", ready });
    const current = this.round();
    try {
      const shareId = await shareApi.shareClip(this.connection, {
        ...this.#request,
        confirmation: ready.confirmation,
      });
      if (!current()) return;
      this.unsubscribe();
      this.set({ name: "sent", ready, shareId });
    } catch (error) {
      if (!current()) return;
      const failure = api.failureOf(error);
      const { code } = failure;
      this.fail({ ...failure, code: code === "connection_lost" ? this.lost : code });
    }
  }

  /** The error of the PIN. */
  get pinProblem(): api.Failure | undefined {
    const { failure } = this;
    return failure && PIN_PROBLEMS.includes(failure.code) ? failure : undefined;
  }

  /** The minutes in which the tap is still possible. */
  get minutesLeft(): number {
    if (this.phase.name !== "ready") return 0;
    const left = this.phase.expiresAt - performance.now();
    return Math.max(0, Math.floor(left / 60_000));
  }

  protected override fail(failure: api.Failure): void {
    this.askPin ||= PIN_PROBLEMS.includes(failure.code);
    this.doubted ||= failure.code === "clip_does_not_match";
    super.fail(failure);
  }

  protected override get lost(): string {
    return this.phase.name === "tapped" ? LOST_AFTER_TAP : super.lost;
  }
}
