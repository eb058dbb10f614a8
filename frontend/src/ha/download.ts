/** Save what lies behind a signed path; the server names the file. */

import { urlOf, type HomeAssistant } from "./hass.ts";

export function download(hass: HomeAssistant, path: string): void {
  const anchor = document.createElement("a");
  anchor.href = urlOf(hass, path);
  anchor.download = "";
  anchor.click();
}

/**
 * The same for an address that works once.
 *
 * The Android app fetches an address twice: to look at it, then to save it. There the page
 * fetches it, and gives the app what it got.
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
