/**
 * Upload links: secrets that never leave this browser.
 *
 * Home Assistant only learns the link's origin. A pasted link is kept as long as its tab is open,
 * also across reloads, so that the person can open it next to the download; only for that user,
 * because others may use the same tablet.
 */

const keyOf = (userId: string | undefined, shareId: string): string =>
  `doorwatch-link:${userId ?? ""}:${shareId}`;

/** The origin of a link; undefined unless it is https and has no login. */
export function originOf(link: string): string | undefined {
  let url: URL;
  try {
    url = new URL(link.trim());
  } catch {
    return undefined;
  }
  if (url.protocol !== "https:" || url.username || url.password) return undefined;
  return url.origin;
}

/** If the browser has no storage, the person still has the link. */
export function keepLink(
  userId: string | undefined,
  shareId: string,
  link: string,
): void {
  try {
    sessionStorage.setItem(keyOf(userId, shareId), link.trim());
  } catch {
    return;
  }
}

export function linkOf(
  userId: string | undefined,
  shareId: string,
): string | undefined {
  try {
    const link = sessionStorage.getItem(keyOf(userId, shareId)) ?? "";
    return originOf(link) && link;
  } catch {
    return undefined;
  }
}

/** Delete a link that is no longer needed. */
export function forgetLink(userId: string | undefined, shareId: string): void {
  try {
    sessionStorage.removeItem(keyOf(userId, shareId));
  } catch {
    return;
  }
}
