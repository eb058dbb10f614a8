/**
 * Upload links: a secret that never leaves this browser.
 *
 * Home Assistant is told where a link leads, and nothing more of it. A link that was pasted is
 * kept as long as its tab is open, through reloads too, so that the person can open it beside
 * the download; for them alone, since a tablet may be handed on.
 */

const keyOf = (userId: string | undefined, shareId: string): string =>
  `doorwatch-link:${userId ?? ""}:${shareId}`;

/** Where a link leads, if it is one that can be opened: https, and no login in it. */
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

/** Where a browser keeps nothing, the person still has the link. */
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

/** It is not needed any more. */
export function forgetLink(userId: string | undefined, shareId: string): void {
  try {
    sessionStorage.removeItem(keyOf(userId, shareId));
  } catch {
    return;
  }
}
