/**
 * Messages with values, plurals and choices, in the syntax of ICU MessageFormat: `{name}`,
 * `{count, plural, one {# clip} other {# clips}}`, `{on, select, yes {…} other {…}}`.
 */

import { numberFormat, pluralRules } from "./intl.ts";

export type Values = Readonly<Record<string, string | number>>;

/** The index after the brace that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === "{") depth += 1;
    if (text[index] === "}") depth -= 1;
    if (depth === 0) return index + 1;
  }
  throw new Error(`Unbalanced braces in "${text}"`);
}

/** The branches of a plural or a choice: `one {…} other {…}`. */
function branches(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let rest = text;
  for (;;) {
    const open = rest.indexOf("{");
    if (open < 0) return found;
    const close = closing(rest, open);
    found.set(rest.slice(0, open).trim(), rest.slice(open + 1, close - 1));
    rest = rest.slice(close);
  }
}

function argument(text: string, values: Values, language: string): string {
  const [name = "", kind, ...rest] = text.split(",");
  const value = values[name.trim()];
  if (value === undefined) throw new Error(`No value for "${name.trim()}"`);
  if (kind === undefined) {
    return typeof value === "number" ? numberFormat(language).format(value) : value;
  }
  const options = branches(rest.join(","));
  if (kind.trim() === "select") {
    return format(
      options.get(String(value)) ?? options.get("other") ?? "",
      values,
      language,
    );
  }
  const count = Number(value);
  const branch =
    options.get(`=${count}`) ??
    options.get(pluralRules(language).select(count)) ??
    options.get("other") ??
    "";
  const number = numberFormat(language).format(count);
  return format(branch.replaceAll("#", number), values, language);
}

/** Format a message. Throws for missing values and unbalanced braces. */
export function format(message: string, values: Values, language: string): string {
  let result = "";
  let rest = message;
  for (;;) {
    const open = rest.indexOf("{");
    if (open < 0) return result + rest;
    const close = closing(rest, open);
    result += rest.slice(0, open);
    result += argument(rest.slice(open + 1, close - 1), values, language);
    rest = rest.slice(close);
  }
}
