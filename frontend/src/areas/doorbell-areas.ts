/** Loads the motion zones and an image of a doorbell, and saves the zones. */

import { CommandRunner } from "../api/command-runner.ts";
import * as api from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import type { AreaEditing } from "./area-editing.ts";
import { fromStored } from "./areas.ts";

export class DoorbellAreas extends CommandRunner {
  /** The path of the image, once it is loaded. */
  picture: string | undefined;
  isPictureMissing = false;
  /** Doorwatch doesn't look for motion in the image. */
  isMotionOff = false;
  readonly #editing: AreaEditing;

  constructor(connection: () => Connection, editing: AreaEditing, changed: () => void) {
    super(connection, changed);
    this.#editing = editing;
  }

  async load(doorbell: api.Doorbell): Promise<void> {
    const isLoaded = await this.run(async (connection) => {
      const stored = await api.areas(connection, doorbell.doorbell_id);
      this.isMotionOff = !stored.picture_motion;
      this.#editing.start(fromStored(stored.areas));
    });
    if (!isLoaded) return;
    try {
      this.picture = (await api.still(this.connection, doorbell)) ?? undefined;
      this.isPictureMissing = this.picture === undefined;
    } catch {
      this.isPictureMissing = true;
    }
    this.changed();
  }

  /** The zones can be drawn without the image. */
  missPicture(): void {
    this.isPictureMissing = true;
    this.changed();
  }

  /** Return whether the areas are stored at the doorbell now. */
  async save({ doorbell_id }: api.Doorbell): Promise<boolean> {
    const { areas } = this.#editing;
    const isStored = await this.run((connection) =>
      api.setAreas(connection, doorbell_id, areas),
    );
    if (isStored) this.#editing.saved(areas);
    return isStored;
  }
}
