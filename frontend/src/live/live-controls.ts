/** Controls of a live view. */

import { html, nothing, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon, type IconName } from "../ui/icons.ts";
import { canFill, canFloat, isFloating, toggleFloating, toggleFull } from "./screen.ts";

interface Controls {
  strings: Strings;
  /** The doorbell's name, because there may be several live views. */
  name: string;
  muted: boolean;
  video: HTMLVideoElement | undefined;
  tile: HTMLElement | null;
  end: () => void;
  mute: (muted: boolean) => void;
  /** Called when a button's label may have changed. */
  changed: () => void;
}

export function renderControls(controls: Controls): TemplateResult {
  const { strings, name, muted, video, tile, end, mute, changed } = controls;
  const button = (
    what: string,
    sign: IconName,
    act: () => unknown,
    of = what,
  ): TemplateResult => {
    const words = strings.text(`live.${what}`);
    return html`<button
      class="plain ${of}"
      title=${words}
      aria-label=${strings.text("live.of", { what: words, name })}
      @click=${act}
    >
      ${icon(sign)}
    </button>`;
  };
  const full = tile?.matches(":fullscreen");
  return html`<div
    class="bar"
    role="group"
    aria-label=${strings.text("live.controls", { name })}
  >
    ${button("end", "stop", end)}<span class="space"></span>
    ${
      video
        ? button(
            muted ? "unmute" : "mute",
            muted ? "silent" : "sound",
            () => mute(!muted),
            "sound",
          )
        : nothing
    }
    ${
      video && canFloat(video)
        ? button(
            isFloating(video) ? "unfloat" : "float",
            "float",
            // If the browser refuses, nothing changes.
            () =>
              void toggleFloating(video)
                .catch(() => undefined)
                .then(changed),
            "float",
          )
        : nothing
    }
    ${
      tile && canFill(video)
        ? button(
            full ? "unfull" : "full",
            full ? "unfull" : "full",
            () =>
              void toggleFull(tile, video)
                .catch(() => undefined)
                .then(changed),
            "full",
          )
        : nothing
    }
  </div>`;
}
