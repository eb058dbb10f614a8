/** Actions for a clip. The share dialog explains why sharing is not possible. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";

interface Context {
  strings: Strings;
  clip: Clip;
  connected: boolean;
  protect: () => void;
  download: () => void;
  delete: () => void;
  share: () => void;
}

export function renderActions(context: Context): TemplateResult {
  const { strings, clip } = context;
  const off = !context.connected;
  return html`${
      clip.may_control
        ? html`<button
            aria-pressed=${clip.protected}
            title=${strings.text("page.clip.protect_hint")}
            ?disabled=${off}
            @click=${context.protect}
          >
            ${icon(clip.protected ? "protected" : "unprotected")}
            ${strings.text("page.clip.protect")}
          </button>`
        : nothing
    }
    <button ?disabled=${off} @click=${context.download}>
      ${icon("download")} ${strings.text("page.clip.download")}
    </button>
    ${
      clip.may_control
        ? html`<button class="delete" ?disabled=${off} @click=${context.delete}>
            ${icon("delete")} ${strings.text("page.clip.delete")}
          </button>`
        : nothing
    }
    <button
      class="share ${clip.may_share ? "primary" : ""}"
      aria-disabled=${clip.may_share ? nothing : "true"}
      ?disabled=${off}
      @click=${context.share}
    >
      ${icon("share")} ${strings.text("page.clip.share")}
    </button>`;
}
