/** Save what lies behind a signed path; the server names the file. */

import { urlOf, type HomeAssistant } from "./hass.ts";

export function download(hass: HomeAssistant, path: string): void {
  const anchor = document.createElement("a");
  anchor.href = urlOf(hass, path);
  anchor.download = "";
  anchor.click();
}
