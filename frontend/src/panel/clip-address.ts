/** What the URL of a clip's page says besides the clip. */

import { navigate } from "../ha/navigate.ts";
import { BASE } from "./route.ts";

/** The URL of a clip; neighbors are those of the same list. */
export const clipAddress = (clipId: string, search = location.search): string =>
  `${BASE}/clip/${encodeURIComponent(clipId)}${search}`;

/** Open another clip in place of this one, so that Back always leads to the list. */
export const openClip = (clipId: string): void =>
  navigate(clipAddress(clipId), { replace: true });

/** The doorbell that the list was filtered by. */
export const doorbellIn = (search = location.search): string | undefined =>
  new URLSearchParams(search).get("doorbell") ?? undefined;

/** `#t=12` is a position in the requested clip, but not in its neighbors. */
export const positionIn = (hash = location.hash): number =>
  Number(new URLSearchParams(hash.slice(1)).get("t")) || 0;
