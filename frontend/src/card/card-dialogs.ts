/** The dialogs that the toolbar opens. */

import { html, type TemplateResult } from "lit";
import type { Clip, ClipInWords, Doorbell, Share } from "../api/commands.ts";
import "../areas/areas-dialog.ts";
import "../clips/deleted-clips.ts";
import type { Locale } from "../i18n/format.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import type { Strings } from "../i18n/strings.ts";
import "../live/record-dialog.ts";
import "../share/shares-dialog.ts";

export type Asking = "record" | "deleted" | "shares" | "areas";

interface Context {
  asking: Asking;
  hass: HomeAssistant;
  strings: Strings;
  locale: Locale;
  doorbells: readonly Doorbell[];
  doorbellId: string | undefined;
  shares: readonly Share[];
  describe: (clip: ClipInWords) => string;
  closed: () => void;
  restored: (clip: Clip) => void;
  /** Say what was done, by the key of the words. */
  done: (key: string, doorbell: Doorbell) => void;
}

export function renderDialog(context: Context): TemplateResult {
  const { hass, strings, doorbells } = context;
  switch (context.asking) {
    case "record":
      return html`<doorwatch-record-dialog
        .hass=${hass}
        .strings=${strings}
        .doorbells=${doorbells.filter((one) => one.may_control)}
        @dialog-closed=${context.closed}
        @recording=${({ detail }: CustomEvent<Doorbell>) =>
          context.done("snackbar.recording", detail)}
      ></doorwatch-record-dialog>`;
    case "deleted":
      return html`<doorwatch-deleted-clips
        .hass=${hass}
        .strings=${strings}
        .locale=${context.locale}
        .doorbells=${doorbells}
        .doorbellId=${context.doorbellId}
        @dialog-closed=${context.closed}
        @restored=${({ detail }: CustomEvent<Clip>) => context.restored(detail)}
      ></doorwatch-deleted-clips>`;
    case "shares":
      return html`<doorwatch-shares-dialog
        .hass=${hass}
        .strings=${strings}
        .locale=${context.locale}
        .shares=${context.shares}
        .describe=${context.describe}
        @dialog-closed=${context.closed}
      ></doorwatch-shares-dialog>`;
    case "areas":
      return html`<doorwatch-areas-dialog
        .hass=${hass}
        .strings=${strings}
        .doorbells=${doorbells}
        @dialog-closed=${context.closed}
        @areas-saved=${({ detail }: CustomEvent<Doorbell>) =>
          context.done("snackbar.areas_saved", detail)}
      ></doorwatch-areas-dialog>`;
  }
}
