/** A button that shows several doorbells live, or ends that. */

import { html, nothing, type LitElement, type TemplateResult } from "lit";
import type { Live } from "../api/commands.ts";
import { playersOf } from "../ha/camera-stream.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { say } from "../ui/say.ts";
import type { Still } from "./still.ts";

/**
 * Live views at once. A browser opens six connections to a home over http; more HLS streams would
 * leave none for clips.
 */
export const MOST_LIVE = 4;

/** Whether only a tap on its own picture may start live view of a doorbell. */
export const needsOwnTap = (live: Live | undefined): boolean =>
  live?.live_problem === "asleep" || live?.one_connection === true;

/** The first of these, those with WebRTC before others. */
export function firstLive<One>(
  candidates: readonly { one: One; webRtc: boolean }[],
  most: number,
): One[] {
  const [web, others] = [true, false].map((wanted) =>
    candidates.filter(({ webRtc }) => webRtc === wanted),
  );
  return [...(web ?? []), ...(others ?? [])].slice(0, most).map(({ one }) => one);
}

export class AllLive {
  readonly #host: LitElement;

  constructor(host: LitElement) {
    this.#host = host;
    // With a name, because hosts may skip updates of `hass` alone.
    host.addEventListener("live-changed", (event) =>
      host.requestUpdate(event.type, null),
    );
  }

  get #stills(): Still[] {
    return [...this.#host.renderRoot.querySelectorAll("doorwatch-still")];
  }

  async #play(strings: Strings): Promise<void> {
    const connected = this.#stills.filter(({ liveEntity }) => liveEntity);
    const allowed = connected.filter(({ live }) => !needsOwnTap(live));
    const candidates = await Promise.all(
      allowed.map(async (one) => {
        const players = await playersOf(one.hass.connection, one.liveEntity);
        return { one, webRtc: players.includes("web_rtc") };
      }),
    );
    const chosen = firstLive(candidates, MOST_LIVE);
    for (const one of chosen) void one.play();
    if (chosen.length < connected.length)
      say(this.#host, { text: strings.text("live.some", { count: MOST_LIVE }) });
  }

  button(strings: Strings, count: number): TemplateResult | typeof nothing {
    if (count < 2) return nothing;
    const on = this.#host.hasUpdated && this.#stills.some((one) => one.wanted);
    return html`<button
      class="all-live"
      @click=${() => (on ? this.#stills.forEach((one) => one.end()) : void this.#play(strings))}
    >
      ${icon(on ? "stop" : "live")}<span class="words"
        >${strings.text(on ? "live.end_all" : "live.all")}</span
      >
    </button>`;
  }
}
