/** What the list of clips can be narrowed down to: only what this home really has. */

import type { ClipFilter } from "../clips/clip-feed.ts";
import type * as api from "../api/commands.ts";
import { KINDS, MARKS, type Mark, type TodayPlace } from "./route.ts";

export type Chip = api.EventFilter | Mark;

export const CHIPS: readonly Chip[] = ["new", ...KINDS, "protected", "shared"];

const isKind = (chip: Chip): chip is api.EventFilter =>
  KINDS.some((kind) => kind === chip);

export const isChosen = (place: TodayPlace, chip: Chip): boolean =>
  isKind(chip) ? place.kinds.includes(chip) : place.marks.includes(chip);

/** The place where a chip is chosen, or is not any more. */
export function toggled(place: TodayPlace, chip: Chip): TodayPlace {
  const flip = <T extends Chip>(all: readonly T[], chosen: readonly T[]): T[] =>
    all.filter((one) => chosen.includes(one) !== (one === chip));
  return isKind(chip)
    ? { ...place, kinds: flip(KINDS, place.kinds) }
    : { ...place, marks: flip(MARKS, place.marks) };
}

/** What is asked of the home to show a place; `seen` is up to when this person had seen clips. */
export function filterOf(
  { doorbell, kinds, marks, words }: TodayPlace,
  seen: Readonly<Record<string, string>>,
): ClipFilter {
  return {
    ...(doorbell ? { doorbell_id: doorbell } : {}),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(marks.includes("new") ? { since: seen } : {}),
    ...(marks.includes("protected") ? { protected: true } : {}),
    ...(marks.includes("shared") ? { shared: true } : {}),
    ...(words ? { query: words } : {}),
  };
}
