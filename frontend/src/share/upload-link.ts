/**
 * Upload links: a secret that never leaves this page.
 *
 * Home Assistant is told where a link leads, and nothing more of it. A link that was pasted is
 * kept as long as the page is open, so that the person can open it beside the download.
 */

const links = new Map<string, string>();

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

export function keepLink(shareId: string, link: string): void {
  links.set(shareId, link.trim());
}

export const linkOf = (shareId: string): string | undefined => links.get(shareId);
