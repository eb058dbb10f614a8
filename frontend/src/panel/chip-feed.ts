/** The filter chips that lead to at least one clip, updated when clips change. */

import * as api from "../api/commands.ts";
import { Live, type Reading } from "../api/live.ts";
import type { Connection } from "../ha/hass.ts";
import { CHIPS, filterOf, toggled, type Chip } from "./chips.ts";
import { TODAY } from "./route.ts";

/** Milliseconds in which changes are combined, for example when many clips are deleted. */
const TOGETHER = 300;

export class ChipFeed extends Live {
  /** The previous doorbell's chips stay until the new ones arrive. */
  chips: readonly Chip[] = [];
  /** The number of clips with a time in the future, and the day of the newest of them. */
  future: Pick<api.Facets, "future" | "future_day"> = { future: 0, future_day: null };

  #doorbell: string | undefined;
  #seen: Readonly<Record<string, string>> = {};
  #again: ReturnType<typeof setTimeout> | undefined;

  start(
    connection: Connection,
    doorbell: string | undefined,
    seen: Readonly<Record<string, string>>,
  ): void {
    this.#doorbell = doorbell;
    this.#seen = seen;
    this.begin(connection);
  }

  override stop(): void {
    super.stop();
    clearTimeout(this.#again);
  }

  /** Reload soon. */
  readonly look = (): void => {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#load().catch(() => undefined), TOGETHER);
  };

  protected override async read({ connection, current, keep }: Reading): Promise<void> {
    await keep(api.subscribeClips(connection, this.look, this.#doorbell));
    if (current()) await this.#load();
  }

  async #load(): Promise<void> {
    const place = { ...TODAY, ...(this.#doorbell ? { doorbell: this.#doorbell } : {}) };
    const unseen = filterOf(toggled(place, "new"), this.#seen);
    const found = await this.within((connection) =>
      Promise.all([
        api.facets(connection, this.#doorbell),
        api.listClips(connection, { ...unseen, limit: 1 }),
      ]),
    );
    if (!found) return;
    const [facets, { clips }] = found;
    const there = new Set<string>([...facets.kinds, ...facets.labels]);
    if (clips.length > 0) there.add("new");
    if (facets.protected) there.add("protected");
    if (facets.shared) there.add("shared");
    this.chips = CHIPS.filter((chip) => there.has(chip));
    this.future = facets;
    this.changed();
  }
}
