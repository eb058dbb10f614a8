/** What a person can do with a share in progress. */

import type { Share, ShareState } from "../api/commands.ts";
import type { IconName } from "../ui/icons.ts";

export type ShareAction =
  | "undo"
  | "stop"
  | "give_up"
  | "retry"
  | "retry_now"
  | "hand_over"
  | "download"
  /** The agency's upload page. */
  | "open_page"
  | "share_again"
  /** Hide a share that is over. */
  | "dismiss"
  /** Hide a share that needs a new tap. */
  | "put_away";

interface Offered {
  action: ShareAction;
  primary?: true;
}

const ICONS: Partial<Record<ShareState, IconName>> = {
  delivered: "done",
  cancelled: "undo",
  ready: "download",
  handed_over: "download",
};

export const isProblem = (state: ShareState): boolean =>
  ["failed", "needs_new_tap", "expired"].includes(state);

export const iconOf = (state: ShareState): IconName =>
  isProblem(state) ? "alert" : (ICONS[state] ?? "share");

/** The actions in the order of their buttons. */
export function actionsOf(share: Share, isDismissible: boolean): Offered[] {
  const hide: Offered[] = isDismissible ? [{ action: "dismiss" }] : [];
  const instead: Offered[] = share.can_hand_over ? [{ action: "hand_over" }] : [];
  switch (share.state) {
    case "waiting":
      return [{ action: "undo", primary: true }];
    case "packaging":
    case "uploading":
      return [
        { action: "stop" },
        ...instead,
        ...(share.next_attempt
          ? [{ action: "retry_now", primary: true } as const]
          : []),
      ];
    case "ready":
      return [
        { action: "download", primary: true },
        { action: "open_page" },
        { action: "stop" },
      ];
    case "handed_over":
      // The file no longer exists here, so a failed upload needs a new share.
      return [...hide, { action: "share_again" }, { action: "open_page" }];
    case "expired":
      return [...hide, { action: "share_again", primary: true }];
    case "failed":
      return [{ action: "give_up" }, ...instead, { action: "retry", primary: true }];
    case "needs_new_tap":
      return [{ action: "put_away" }, { action: "share_again", primary: true }];
    default:
      return hide;
  }
}
