/** Download a signed path; the server names the file. */

import { urlOf, type HomeAssistant } from "./hass.ts";

export function download(hass: HomeAssistant, path: string): void {
  const anchor = document.createElement("a");
  anchor.href = urlOf(hass, path);
  anchor.download = "";
  anchor.click();
}

/**
 * Download a URL that works only once.
 *
 * The Android app fetches a URL twice: to inspect it, then to save it. There, the page fetches it
 * and passes the content to the app.
 */
export async function downloadOnce(
  hass: HomeAssistant,
  path: string,
  name: string,
): Promise<void> {
  if (!("externalApp" in window)) {
    download(hass, path);
    return;
  }
  const response = await fetch(urlOf(hass, path), { cache: "no-store" });
  if (!response.ok) throw new Error(name);
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(await response.blob());
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}
