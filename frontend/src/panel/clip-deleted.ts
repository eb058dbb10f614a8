/** Say that a clip was deleted, with Undo. */

import * as api from "../api/commands.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { navigate } from "../ha/navigate.ts";
import type { Strings } from "../i18n/strings.ts";
import { problemText } from "../ui/problem.ts";
import { say } from "../ui/say.ts";

interface Context {
  /** What is still on the page when the user presses Undo. */
  place: EventTarget;
  hass: HomeAssistant;
  strings: Strings;
  clipId: string;
  /** The address of the clip. */
  back: string;
}

export function sayDeleted({ place, hass, strings, clipId, back }: Context): void {
  const undo = async (): Promise<void> => {
    try {
      await api.restoreClip(hass.connection, clipId);
      navigate(back, { replace: true });
      say(place, { text: strings.text("snackbar.restored") });
    } catch (error) {
      say(place, { text: problemText(strings, api.failureOf(error)) });
    }
  };
  say(place, { text: strings.text("snackbar.deleted"), undo: () => void undo() });
}
