/** The clips before and after a clip, and whether the next one plays on its own. */

import { html, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import type { AutoNext } from "./auto-next.ts";

interface Context {
  strings: Strings;
  /** In ascending order. */
  clips: readonly Clip[];
  /** The ID of the clip that is shown. */
  current: string;
  next: AutoNext;
  addressOf: (clipId: string) => string;
  nameOf: (clip: Clip) => string;
  choose: (clipId: string) => void;
}

export function renderNeighbors(context: Context): TemplateResult {
  const { next } = context;
  return html`<doorwatch-near-clips
      .clips=${context.clips}
      .current=${context.current}
      .addressOf=${context.addressOf}
      .nameOf=${context.nameOf}
      @clip-chosen=${({ detail }: CustomEvent<string>) => context.choose(detail)}
    ></doorwatch-near-clips>
    <label class="next">
      <input
        type="checkbox"
        .checked=${next.on}
        @change=${(event: Event) => {
          next.on = (event.target as HTMLInputElement).checked;
        }}
      />
      ${context.strings.text("page.clip.play_next")}
    </label>`;
}
