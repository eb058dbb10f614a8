/**
 * Cached Intl formats. Creating one takes far longer than using it, and collecting thousands of
 * them blocks the page.
 */

const made = new Map<string, unknown>();

function once<T>(
  kind: new (language: string | undefined, options?: object) => T,
  language: string | undefined,
  options: object,
): T {
  const key = JSON.stringify([kind.name, language, options]);
  let format = made.get(key) as T | undefined;
  if (!format) {
    format = new kind(language, options);
    made.set(key, format);
  }
  return format;
}

export const dateFormat = (
  language: string | undefined,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat => once(Intl.DateTimeFormat, language, options);

export const numberFormat = (
  language: string,
  options: Intl.NumberFormatOptions = {},
): Intl.NumberFormat => once(Intl.NumberFormat, language, options);

export const pluralRules = (language: string): Intl.PluralRules =>
  once(Intl.PluralRules, language, {});

export const relativeTimeFormat = (language: string): Intl.RelativeTimeFormat =>
  once(Intl.RelativeTimeFormat, language, { numeric: "auto" });
