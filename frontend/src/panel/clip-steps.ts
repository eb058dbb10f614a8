/** Goes from a clip to its neighbors. */

import { html, nothing, type TemplateResult } from "lit";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { AutoNext } from "./auto-next.ts";
import type { ClipFollower } from "./clip-follower.ts";
import type { Side } from "./page-keys.ts";

type Way = "older" | "newer";
type Neighbors = Pick<ClipFollower, "settled" | Way>;

export class ClipSteps {
  /** The clip follows another one that has ended. */
  goesOn = false;
  readonly autoNext = new AutoNext();
  readonly #neighbors: Neighbors;
  readonly #go: (clipId: string) => void;
  /** A direction that was chosen before the clip was loaded. */
  #pressed: Way | undefined;

  constructor(neighbors: Neighbors, go: (clipId: string) => void) {
    this.#neighbors = neighbors;
    this.#go = go;
  }

  /** Go to another clip. */
  choose(clipId: string): void {
    this.goesOn = false;
    this.#go(clipId);
  }

  /** The clip has ended: go to the next one, unless the person is busy or on the way to another. */
  goOn(busy = false): void {
    if (busy || !this.autoNext.on || !this.#neighbors.settled) return;
    this.step("newer");
    this.goesOn = true;
  }

  /** Left is earlier, as on the timeline. */
  stepTo(side: Side, rightToLeft: boolean): void {
    this.step((side === "left") !== rightToLeft ? "older" : "newer");
  }

  step(way: Way): void {
    const { settled, [way]: to } = this.#neighbors;
    this.#pressed = settled ? undefined : way;
    if (settled && to) this.choose(to);
  }

  /** Take the step that waits for the clip. */
  settle(): void {
    if (this.#pressed) this.step(this.#pressed);
  }

  render(strings: Strings, rightToLeft: boolean): TemplateResult {
    const button = (way: Way): TemplateResult =>
      // Not disabled at the end, because keyboard users would lose the focus.
      html`<button
        class=${way}
        aria-disabled=${this.#neighbors[way] === null}
        aria-keyshortcuts=${(way === "older") === rightToLeft ? "Shift+ArrowRight" : "Shift+ArrowLeft"}
        @click=${() => this.step(way)}
      >
        ${way === "older" ? icon("back") : nothing} ${strings.text(`page.clip.${way}`)}
        ${way === "newer" ? icon("forth") : nothing}
      </button>`;
    return html`<div class="steps">${button("older")} ${button("newer")}</div>`;
  }
}
