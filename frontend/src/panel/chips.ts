/** Filters of the clip list: only those that match clips of this home. */

import type { ClipFilter } from "../clips/clip-feed.ts";
import type * as api from "../api/commands.ts";
import { KINDS, LABELS, MARKS, type Mark, type TodayPlace } from "./route.ts";

export type Chip = api.EventFilter | api.Label | Mark;

export const CHIPS: readonly Chip[] = [
  "new",
  ...KINDS,
  ...LABELS,
  "protected",
  "shared",
];

/** The place after toggling a chip. */
export function toggled(place: TodayPlace, chip: Chip): TodayPlace {
  const flip = <T extends Chip>(all: readonly T[], chosen: readonly T[]): T[] =>
    all.filter((one) => chosen.includes(one) !== (one === chip));
  return {
    ...place,
    kinds: flip(KINDS, place.kinds),
    labels: flip(LABELS, place.labels),
    marks: flip(MARKS, place.marks),
  };
}

export const isChosen = ({ kinds, labels, marks }: TodayPlace, chip: Chip): boolean =>
  [...kinds, ...labels, ...marks].includes(chip);

/** Whether filters may exclude some clips. */
export const isNarrowed = ({ kinds, labels, marks, words, day }: TodayPlace): boolean =>
  kinds.length + labels.length + marks.length > 0 || words !== "" || day !== undefined;

/** The home's filter for a place; `seen` is until when this person had seen clips. */
export function filterOf(
  { doorbell, kinds, labels, marks, words }: TodayPlace,
  seen: Readonly<Record<string, string>>,
): ClipFilter {
  return {
    ...(doorbell ? { doorbell_id: doorbell } : {}),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(labels.length > 0 ? { labels } : {}),
    ...(marks.includes("new") ? { since: seen } : {}),
    ...(marks.includes("protected") ? { protected: true } : {}),
    ...(marks.includes("shared") ? { shared: true } : {}),
    ...(words ? { query: words } : {}),
  };
}
