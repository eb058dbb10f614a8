/** When an area is covered: always, or between two times. */

import { html, nothing, type TemplateResult } from "lit";
import { hasMistake, type Cover } from "./covers.ts";
import type { Strings } from "../i18n/strings.ts";

/** The edited areas; `at` is the time of the displayed image. */
interface Editing {
  readonly strings: Strings;
  readonly covers: readonly Cover[];
  readonly clip: { readonly duration: number };
  readonly at: number | undefined;
}

/** The fields of one area; `alter` gets the changes. */
export function coverTimes(
  { strings, covers, clip, at }: Editing,
  index: number,
  alter: (change: Partial<Cover>) => void,
): TemplateResult | typeof nothing {
  const cover = covers[index];
  if (!cover) return nothing;
  const wrong = hasMistake(cover, clip.duration);
  const field = (which: "start" | "end"): TemplateResult =>
    html`<div>
      <label
        >${strings.text(`covers.${which}`)}
        <input
          type="text"
          name="cover-${which}"
          inputmode="decimal"
          autocomplete="off"
          maxlength="10"
          aria-invalid=${wrong}
          .value=${cover[which]}
          @input=${(event: Event) =>
            alter({ [which]: (event.target as HTMLInputElement).value })}
        />
      </label>
      <button type="button" @click=${() => alter({ [which]: String(at ?? 0) })}>
        ${strings.text(`covers.${which}_here`)}
      </button>
    </div>`;
  return html`<div class="when">
    <label class="tick">
      <input
        type="checkbox"
        name="always"
        .checked=${cover.always}
        @change=${(event: Event) =>
          alter({ always: (event.target as HTMLInputElement).checked })}
      />
      ${strings.text("covers.always", { area: index + 1 })}
    </label>
    ${
      cover.always
        ? nothing
        : html`<div class="times">${field("start")}${field("end")}</div>`
    }
    ${
      wrong
        ? html`<p class="mistake" role="alert">${strings.text("covers.bad_times")}</p>`
        : nothing
    }
  </div>`;
}
