/** The areas being drawn, which of their corners is selected, and what to announce. */

import {
  addArea,
  addCorner,
  areaAt,
  FEWEST_CORNERS,
  MOST_AREAS,
  moveCorner,
  newArea,
  rectangle,
  removeArea,
  removeCorner,
  stepped,
  type Area,
  type Corner,
} from "./areas.ts";
import type { StageActs } from "./stage.ts";

export interface Selected {
  area: number;
  corner: number;
}

/** A text to announce: its key, and its values. */
export interface Announcement {
  key: string;
  values: Record<string, number>;
}

/** The value of `data-handle` of a corner, and back. */
export const handleOf = ({ area, corner }: Selected): string => `${area}-${corner}`;
const cornerOf = (handle: string): Selected => {
  const [area = 0, corner = 0] = handle.split("-").map(Number);
  return { area, corner };
};

interface Acts {
  changed: () => void;
  /** Focus this corner, or the button to add an area. */
  focus: (selected: Selected | undefined) => void;
}

export class AreaEditing implements StageActs {
  areas: readonly Area[] = [];
  selected: Selected | undefined;
  /** An area that is being drawn. */
  outline: Area | undefined;
  said: Announcement | undefined;
  /** Whether there are areas to edit. */
  isReady = false;
  readonly #acts: Acts;
  #stored: readonly Area[] = [];

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  /** Edit the areas that the doorbell has. */
  start(areas: readonly Area[]): void {
    this.areas = areas;
    this.isReady = true;
    this.saved(areas);
  }

  /** These areas are stored at the doorbell; they may have been edited since. */
  saved(areas: readonly Area[]): void {
    this.#stored = areas;
    this.#acts.changed();
  }

  get isUnsaved(): boolean {
    return JSON.stringify(this.areas) !== JSON.stringify(this.#stored);
  }

  /** Add an area without drawing, and focus its first corner. */
  add(): void {
    this.#add(newArea(this.areas));
    this.#acts.focus({ area: this.areas.length - 1, corner: 0 });
  }

  #add(area: Area): void {
    if (this.areas.length >= MOST_AREAS) return;
    this.areas = addArea(this.areas, area);
    const added = { area: this.areas.length - 1, corner: 0 };
    this.select(added);
    this.#say("added", added);
  }

  /** Add a corner after the selected one. */
  addCorner(): void {
    if (!this.selected) return;
    const { area, corner } = this.selected;
    this.areas = addCorner(this.areas, area, corner);
    this.#goTo("corner_added", { area, corner: corner + 1 });
  }

  removeCorner(): void {
    if (!this.selected) return;
    const { area, corner } = this.selected;
    if ((this.areas[area]?.length ?? 0) <= FEWEST_CORNERS) return;
    this.areas = removeCorner(this.areas, area, corner);
    this.#goTo("corner_removed", { area, corner: Math.max(0, corner - 1) });
  }

  removeArea(): void {
    if (!this.selected) return;
    const { area } = this.selected;
    this.areas = removeArea(this.areas, area);
    this.select(undefined);
    this.#say("removed", { area, corner: 0 });
    this.#acts.focus(undefined);
  }

  select(selected: Selected | undefined): void {
    this.selected = selected;
    this.#acts.changed();
  }

  /** Handle a key on a corner; return whether it did something. */
  press(key: string, far: boolean, at: Selected): boolean {
    if (key === "Delete" || key === "Backspace") {
      this.select(at);
      this.removeCorner();
      return true;
    }
    const here = this.areas[at.area]?.[at.corner];
    const to = here && stepped(here, key, far);
    if (!to) return false;
    this.#move(at, to);
    this.#say("corner_at", at);
    return true;
  }

  #move(at: Selected, to: Corner): void {
    this.areas = moveCorner(this.areas, at.area, at.corner, to);
    this.select(at);
  }

  #goTo(key: string, selected: Selected): void {
    this.select(selected);
    this.#say(key, selected);
    this.#acts.focus(selected);
  }

  #say(key: string, { area, corner }: Selected): void {
    const [across = 0, down = 0] = this.areas[area]?.[corner] ?? [];
    const values = { area: area + 1, corner: corner + 1, across, down };
    this.said = { key, values };
    this.#acts.changed();
  }

  // On the image

  taken(handle: string): void {
    this.select(cornerOf(handle));
  }

  dragged(handle: string, to: Corner): void {
    this.#move(cornerOf(handle), to);
  }

  dropped(handle: string): void {
    this.#say("corner_at", cornerOf(handle));
  }

  drawing(corners: readonly [Corner, Corner] | undefined): void {
    this.outline = corners && rectangle(...corners);
    this.#acts.changed();
  }

  drawn(from: Corner, to: Corner): void {
    this.#add(rectangle(from, to));
  }

  /** Select the area under a tap. */
  tapped(at: Corner): void {
    const area = areaAt(this.areas, at);
    this.select(area < 0 ? undefined : { area, corner: 0 });
  }
}
