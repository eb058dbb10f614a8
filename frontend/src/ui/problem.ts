/** A problem in words: the card's own, else the server's, else that something went wrong. */

import type { Failure } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";

export function problemText(strings: Strings, { code, message }: Failure): string {
  const key = `problem.${code}`;
  if (strings.has(key)) return strings.text(key);
  return message || strings.text("problem.unknown");
}
