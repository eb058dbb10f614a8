/** The dialogs that the toolbar opens. */

import { html, type TemplateResult } from "lit";
import type { Clip, ClipInWords, Doorbell, Share } from "../api/commands.ts";
import "../areas/areas-dialog.ts";
import "../clips/deleted-dialog.ts";
import "../live/record-dialog.ts";
import "../share/shares-dialog.ts";

export type Asking = "record" | "deleted" | "shares" | "areas";

interface Context {
  asking: Asking;
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
  const { doorbells } = context;
  switch (context.asking) {
    case "record":
      return html`<doorwatch-record-dialog
        .doorbells=${doorbells.filter((one) => one.may_control)}
        @dialog-closed=${context.closed}
        @recording=${({ detail }: CustomEvent<Doorbell>) =>
          context.done("snackbar.recording", detail)}
      ></doorwatch-record-dialog>`;
    case "deleted":
      return html`<doorwatch-deleted-dialog
        .doorbells=${doorbells}
        .doorbellId=${context.doorbellId}
        @dialog-closed=${context.closed}
        @restored=${({ detail }: CustomEvent<Clip>) => context.restored(detail)}
      ></doorwatch-deleted-dialog>`;
    case "shares":
      return html`<doorwatch-shares-dialog
        .shares=${context.shares}
        .describe=${context.describe}
        @dialog-closed=${context.closed}
      ></doorwatch-shares-dialog>`;
    case "areas":
      return html`<doorwatch-areas-dialog
        .doorbells=${doorbells}
        @dialog-closed=${context.closed}
        @areas-saved=${({ detail }: CustomEvent<Doorbell>) =>
          context.done("snackbar.areas_saved", detail)}
      ></doorwatch-areas-dialog>`;
  }
}
