/** The covered areas being drawn, which one is selected, and what to announce. */

import type { Announcement } from "../areas/area-editing.ts";
import {
  areaAt,
  newArea,
  rectangle,
  stepped,
  type Area,
  type Corner,
} from "../areas/areas.ts";
import type { StageActs } from "../areas/stage.ts";
import {
  hasMistake,
  MOST_COVERS,
  newCover,
  placeOf,
  resized,
  shifted,
  type Cover,
} from "./covers.ts";

/** A whole area, or one of its corners 0 to 3. */
export interface Grip {
  index: number;
  corner?: number;
}

/** The value of `data-handle` of a grip, and back. */
export const handleOf = ({ index, corner }: Grip): string =>
  `${index}-${corner ?? "all"}`;
const gripOf = (handle: string): Grip => {
  const [index, corner] = handle.split("-");
  return {
    index: Number(index),
    ...(corner === "all" ? {} : { corner: Number(corner) }),
  };
};

interface Acts {
  changed: () => void;
  /** The areas were edited. */
  edited: (covers: readonly Cover[]) => void;
  /** Focus this area, or the button to add one. */
  focus: (grip: Grip | undefined) => void;
}

export class CoverEditing implements StageActs {
  covers: readonly Cover[] = [];
  /** The index of the selected area. */
  selected: number | undefined;
  /** An area that is being drawn. */
  outline: Area | undefined;
  said: Announcement | undefined;
  readonly #images: { readonly still: unknown };
  readonly #acts: Acts;
  #grabbed: { from: Corner; area: Area } | undefined;

  /** `images`: an area is drawn on an image only. */
  constructor(images: { readonly still: unknown }, acts: Acts) {
    this.#images = images;
    this.#acts = acts;
  }

  get isReady(): boolean {
    return this.#images.still !== undefined;
  }

  /** Whether there can be another area. */
  get canAdd(): boolean {
    return this.isReady && this.covers.length < MOST_COVERS;
  }

  /** Add an area without drawing. */
  add(area = newArea(this.#areas)): void {
    if (this.covers.length >= MOST_COVERS) return;
    const index = this.covers.length;
    this.#edit([...this.covers, newCover(area)]);
    this.select(index);
    this.#say("added", index);
    this.#acts.focus({ index });
  }

  remove(index: number): void {
    this.#say("removed", index);
    this.#edit(this.covers.filter((_, each) => each !== index));
    this.select(undefined);
    this.#acts.focus(undefined);
  }

  alter(index: number, change: Partial<Cover>): void {
    this.#edit(
      this.covers.map((one, each) => (each === index ? { ...one, ...change } : one)),
    );
  }

  select(index: number | undefined): void {
    this.selected = index;
    this.#acts.changed();
  }

  /** Select the first area with invalid times in a clip of this length. */
  selectMistake(length: number): void {
    this.#select(this.covers.findIndex((one) => hasMistake(one, length)));
  }

  /** Handle a key on a grip; return whether it did something. */
  press(key: string, far: boolean, grip: Grip): boolean {
    const { index, corner } = grip;
    const area = this.covers[index]?.area;
    if (!area) return false;
    if (key === "Delete" || key === "Backspace") {
      this.remove(index);
      return true;
    }
    // A whole area moves by as much as any point of it.
    const from: Corner = (corner === undefined ? undefined : area[corner]) ?? [50, 50];
    const to = stepped(from, key, far);
    if (!to) return false;
    this.#move(grip, area, from, to);
    this.#say("place", index);
    return true;
  }

  get #areas(): Area[] {
    return this.covers.map(({ area }) => area);
  }

  #select(found: number): void {
    this.select(found < 0 ? undefined : found);
  }

  #move({ index, corner }: Grip, area: Area, from: Corner, to: Corner): void {
    const moved =
      corner === undefined
        ? shifted(area, to[0] - from[0], to[1] - from[1])
        : resized(area, corner, to);
    this.alter(index, { area: moved });
  }

  #edit(covers: readonly Cover[]): void {
    this.covers = covers;
    this.#acts.edited(covers);
    this.#acts.changed();
  }

  #say(key: string, index: number): void {
    const area = this.covers[index]?.area;
    const values = { area: index + 1, ...(area ? placeOf(area) : {}) };
    this.said = { key, values };
    this.#acts.changed();
  }

  // On the image

  taken(handle: string, from: Corner): void {
    const { index } = gripOf(handle);
    const area = this.covers[index]?.area;
    this.#grabbed = area && { from, area };
    this.select(index);
  }

  dragged(handle: string, to: Corner): void {
    if (!this.#grabbed) return;
    const { from, area } = this.#grabbed;
    this.#move(gripOf(handle), area, from, to);
  }

  dropped(handle: string): void {
    this.#say("place", gripOf(handle).index);
  }

  drawing(corners: readonly [Corner, Corner] | undefined): void {
    this.outline = corners && rectangle(...corners);
    this.#acts.changed();
  }

  drawn(from: Corner, to: Corner): void {
    this.add(rectangle(from, to));
  }

  /** Select the area under a tap. */
  tapped(at: Corner): void {
    this.#select(areaAt(this.#areas, at));
  }
}
