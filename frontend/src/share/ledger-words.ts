/** Texts for lines of the ledger. */

import type { TransparencyLine } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";

/** The kinds that are counted per agency, in chronological order. */
export const COUNTED = [
  "proposed",
  "confirmed",
  "sent",
  "received",
  "handed_over",
  "cancelled",
  "failed",
  "withdrawal_requested",
] as const;

const ANSWERS = new Set(["deleted", "refused", "pending"]);

/** The text of a line; its kind if there is no text for it. */
export function lineText(
  strings: Strings,
  { kind, data, personal }: TransparencyLine,
  agency: string,
): string {
  if (kind === "prepared_to_send") {
    const name = personal["user"] ?? strings.text("page.proof.someone");
    return strings.text("page.proof.kind.prepared_to_send", { name });
  }
  const result = String(data["result"]);
  const answer = kind === "withdrawal_answered" && ANSWERS.has(result);
  const key = `page.proof.kind.${answer ? `answered_${result}` : kind}`;
  return strings.has(key)
    ? strings.text(key, { agency })
    : strings.text("page.proof.kind.other", { agency, kind });
}

/** The time of what a line says; a tap can be added to a new ledger later. */
export function lineTime({ kind, at, data }: TransparencyLine): string {
  const { confirmed_at } = data;
  return kind === "confirmed" && typeof confirmed_at === "string" ? confirmed_at : at;
}

/** The counts of an agency, one sentence each. */
export function countTexts(
  strings: Strings,
  counts: Readonly<Record<string, number>>,
): string[] {
  return COUNTED.flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count > 0 ? [strings.text(`page.proof.count.${kind}`, { count })] : [];
  });
}

/** The name of a personal detail that is stored with the ledger. */
export function detailName(strings: Strings, name: string): string {
  const key = `page.proof.detail.${name}`;
  return strings.has(key) ? strings.text(key) : name;
}
