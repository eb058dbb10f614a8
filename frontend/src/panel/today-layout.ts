/** How Today is laid out on a screen. */

/** One column, or the list beside the live view. `short` is a phone in landscape. */
export type Layout = "phone" | "tablet" | "wide" | "short";

interface Size {
  width: number;
  height: number;
}

export function layoutOf({ width, height }: Size): Layout {
  if (height < 480 && width >= 600) return "short";
  if (width >= 960) return "wide";
  return width < 640 ? "phone" : "tablet";
}

/** Whether the list is beside the live view, so that only the list scrolls. */
export const isBeside = (layout: Layout): boolean =>
  layout === "wide" || layout === "short";

/** The width of the space for doorbells on a desktop, and of a tile, in heights. */
const SPACE = 2.4;
const TILE = 16 / 9;

/** The number of columns with the largest tiles. */
function bestColumns(count: number): number {
  const width = (columns: number): number =>
    Math.min(1 / columns, TILE / SPACE / Math.ceil(count / columns));
  const all = Array.from({ length: count }, (_, index) => index + 1);
  return all.reduce((best, one) => (width(one) > width(best) ? one : best), 1);
}

/** Columns and rows of the doorbells; two rows may scroll horizontally. */
export interface Grid {
  columns: number;
  rows: number;
  scrolls: boolean;
}

export function gridOf(count: number, layout: Layout): Grid {
  if (layout === "phone" && count > 4)
    return { columns: Math.ceil(count / 2), rows: 2, scrolls: true };
  const columns = {
    phone: Math.min(count, 2),
    short: Math.min(count, 2),
    tablet: Math.min(count, 4),
    wide: bestColumns(count),
  }[layout];
  return { columns, rows: Math.ceil(count / Math.max(1, columns)), scrolls: false };
}
