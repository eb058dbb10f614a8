/** Calendar calculations with days ("2026-11-24") and months ("2026-11"), without time zones. */

const DAY = 86_400_000;

const instant = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const monthOf = (day: string): string => day.slice(0, 7);

/** Noon is on the same day in most time zones. */
export const noonOf = (day: string): string => `${day}T12:00:00Z`;

export const addDays = (day: string, count: number): string =>
  dayOf(instant(day) + count * DAY);

export function addMonths(month: string, count: number): string {
  const at = new Date(instant(`${month}-01`));
  at.setUTCMonth(at.getUTCMonth() + count);
  return monthOf(dayOf(at.getTime()));
}

const daysIn = (month: string): number =>
  Number(addDays(`${addMonths(month, 1)}-01`, -1).slice(8));

/** The same day of another month, or that month's last day. */
export function sameDayOf(month: string, day: string): string {
  const date = Math.min(Number(day.slice(8)), daysIn(month));
  return `${month}-${String(date).padStart(2, "0")}`;
}

export const within = (day: string, first: string, last: string): string =>
  day < first ? first : day > last ? last : day;

/** Monday is 1, Sunday is 7, as in `Intl`. */
const weekdayOf = (day: string): number => new Date(instant(day)).getUTCDay() || 7;

const beginOfWeek = (day: string, firstWeekday: number): string =>
  addDays(day, -((weekdayOf(day) - firstWeekday + 7) % 7));

/** The weeks of a month; undefined for days of other months. */
export function weeksOf(month: string, firstWeekday: number): (string | undefined)[][] {
  const weeks: (string | undefined)[][] = [];
  const last = sameDayOf(month, `${month}-31`);
  for (
    let week = beginOfWeek(`${month}-01`, firstWeekday);
    week <= last;
    week = addDays(week, 7)
  ) {
    weeks.push(
      Array.from({ length: 7 }, (_, index) => addDays(week, index)).map((day) =>
        monthOf(day) === month ? day : undefined,
      ),
    );
  }
  return weeks;
}

/** The day that a key moves to in a calendar; undefined for other keys. */
export function dayByKey(
  key: string,
  far: boolean,
  day: string,
  { firstWeekday, rightToLeft }: { firstWeekday: number; rightToLeft: boolean },
): string | undefined {
  const onward = rightToLeft ? -1 : 1;
  const inMonths = (count: number): string =>
    sameDayOf(addMonths(monthOf(day), count), day);
  switch (key) {
    case "ArrowLeft":
      return addDays(day, -onward);
    case "ArrowRight":
      return addDays(day, onward);
    case "ArrowUp":
      return addDays(day, -7);
    case "ArrowDown":
      return addDays(day, 7);
    case "Home":
      return beginOfWeek(day, firstWeekday);
    case "End":
      return addDays(beginOfWeek(day, firstWeekday), 6);
    case "PageUp":
      return inMonths(far ? -12 : -1);
    case "PageDown":
      return inMonths(far ? 12 : 1);
    default:
      return undefined;
  }
}

const WEEKDAYS: Readonly<Record<string, number>> = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
};

interface WithWeek {
  getWeekInfo?: () => { firstDay: number };
  weekInfo?: { firstDay: number };
}

/** The first day of the week: the user's choice, else that of the language, else Monday. */
export function firstWeekdayOf(language: string, chosen?: string): number {
  const known = chosen === undefined ? undefined : WEEKDAYS[chosen];
  if (known !== undefined) return known;
  // Not all browsers support this.
  const locale = new Intl.Locale(language) as Intl.Locale & WithWeek;
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}
