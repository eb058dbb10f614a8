/** Actions for a clip. Who may not share it suggests it instead, see share/propose.ts. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import "./send-button.ts";

interface Context {
  strings: Strings;
  clip: Clip;
  doorbell: string;
  connected: boolean;
  protect: () => void;
  download: () => void;
  delete: () => void;
  /** The dialog to send it was opened or closed. */
  onSending: (open: boolean) => void;
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
    ${
      clip.may_send
        ? html`<doorwatch-send-button
            .clip=${clip}
            .doorbell=${context.doorbell}
            @send-toggled=${({ detail }: CustomEvent<boolean>) => context.onSending(detail)}
          ></doorwatch-send-button>`
        : nothing
    }
    ${
      clip.may_share
        ? html`<button class="share primary" ?disabled=${off} @click=${context.share}>
            ${icon("share")} ${strings.text("page.clip.share")}
          </button>`
        : nothing
    }`;
}
