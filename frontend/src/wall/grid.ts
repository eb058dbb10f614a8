/** How many tiles are beside each other along the longer and the shorter side of the screen. */

export function gridOf(tiles: number): { more: number; fewer: number } {
  const more = Math.ceil(Math.sqrt(tiles)) || 1;
  return { more, fewer: Math.ceil(tiles / more) || 1 };
}
