/** A clip in the list: image, description, and buttons to play it here and to delete it. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip, Doorbell } from "../api/commands.ts";
import { eventName, happened, KIND_ICONS } from "../clips/clip-words.ts";
import { duration, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import type { InlinePlayer } from "../player/inline-player.ts";
import { icon, type IconName } from "../ui/icons.ts";
import type { ListPlaying, Playing } from "./list-playing.ts";
import { addressOf, follow } from "./route.ts";
import type { Shape } from "./rows.ts";

/** Everything that affects the rendering: an equal item is not rendered again. */
export interface Item {
  clip: Clip;
  /** Its index in its day and the number of that day's clips; -1 if unknown. */
  index: number;
  count: number;
  /** Whether it is the list's tab stop. */
  active: boolean;
  fresh: boolean;
  wasShared: boolean;
  /** The doorbell's name, if it is shown. */
  doorbell: string;
  /** The doorbell that the list is filtered by. */
  doorbellId: string | undefined;
  connected: boolean;
  /** Whether it is chosen; undefined unless clips are being chosen. */
  chosen: boolean | undefined;
  /** Whether it plays in place of its image; undefined if it does not. */
  playing: Playing | undefined;
  strings: Strings;
  locale: Locale;
  columns: Shape["columns"];
  row: Shape["row"];
  head: Shape["head"];
}

export interface ItemActions {
  comeTo: (clip: Clip) => void;
  delete: (clip: Clip) => void;
  choose: (clip: Clip) => void;
  playing: ListPlaying;
}

export const addressOfClip = (clipId: string, doorbell: string | undefined): string =>
  addressOf({ page: "clip", clipId, ...(doorbell ? { doorbell } : {}) });

/** The name of a clip's doorbell; empty if there is no other. */
export function doorbellIn(
  doorbells: readonly Doorbell[],
  { doorbell_id }: Clip,
  strings: Strings,
): string {
  const own = doorbells.find((one) => one.doorbell_id === doorbell_id);
  if (own && doorbells.length === 1) return "";
  return own?.name ?? strings.text("clip.no_doorbell");
}

export function renderItem(item: Item, actions: ItemActions): TemplateResult {
  const { clip, index, active, chosen, strings, columns, row, head } = item;
  const at = time(clip.started_at, clip.timezone, item.locale);
  const what = happened(strings, clip);
  const byHand = eventName(strings, "manual");
  const more = [
    clip.kinds.includes("manual") && what !== byHand ? byHand : "",
    clip.part > 1 ? strings.text("clip.part", { part: clip.part }) : "",
    clip.gaps > 0 ? strings.text("clip.gaps", { count: clip.gaps }) : "",
    clip.recovered ? strings.text("clip.recovered") : "",
  ].filter(Boolean);
  const sign = (name: IconName, key: string): TemplateResult =>
    html`<span class="sign" title=${strings.text(key)}
      >${icon(name)}<span class="sr">${strings.text(key)}</span></span
    >`;
  const inside = html`<span class="picture">
      <doorwatch-thumbnail .path=${clip.thumbnail}></doorwatch-thumbnail>
      <span class="length"
        ><span class="sr">${strings.text("list.length")}</span> ${duration(
          clip.duration,
        )}</span
      >
    </span>
    <span class="words">
      <span class="kind ${clip.event}"
        >${icon(KIND_ICONS[clip.event] ?? "motion")}
        <span class="rest">${what}</span>
        ${
          item.fresh
            ? html`<span class="dot" title=${strings.text("list.new")}
                ><span class="sr">${strings.text("list.new")}</span></span
              >`
            : nothing
        }</span
      >
      <span class="line"
        ><span class="time">${at}</span
        >${clip.protected ? sign("protected", "list.protected") : nothing}${item.wasShared ? sign("share", "list.shared") : nothing}
        <span class="rest"
          >${[item.doorbell, ...more].filter(Boolean).join(", ")}</span
        ></span
      >
    </span>`;
  return html`<li
    aria-setsize=${item.count}
    aria-posinset=${index + 1}
    style="inset-block-start: ${head + Math.floor(index / columns) * row}px;
        inset-inline-start: calc(${index % columns} * (100% + 12px) / ${columns});
        width: calc((100% - ${(columns - 1) * 12}px) / ${columns});
        height: ${row - 12}px"
    class=${active ? "active" : ""}
    @focusin=${() => actions.comeTo(clip)}
  >
    ${
      chosen === undefined
        ? html`<a
            class="clip"
            href=${addressOfClip(clip.clip_id, item.doorbellId)}
            tabindex=${active ? 0 : -1}
            @click=${follow}
          >
            ${inside}
          </a>`
        : html`<button
            class="clip"
            role="checkbox"
            aria-checked=${chosen}
            tabindex=${active ? 0 : -1}
            @click=${() => actions.choose(clip)}
          >
            ${inside}<span class="check">${icon(chosen ? "chosen" : "choose")}</span>
          </button>`
    }
    ${
      chosen === undefined
        ? renderPlaying(item, [what, at, item.doorbell], actions.playing)
        : nothing
    }
    ${
      clip.may_control && chosen === undefined
        ? html`<button
            class="plain delete"
            tabindex=${active ? 0 : -1}
            aria-label=${strings.text("list.delete", { time: at })}
            title=${strings.text("list.delete", { time: at })}
            ?disabled=${!item.connected}
            @click=${() => actions.delete(clip)}
          >
            ${icon("delete")}
          </button>`
        : nothing
    }
  </li>`;
}

/** Focus the play button if the focus is in a player that is about to be removed. */
export function leavePlayer(root: ParentNode, playing: ListPlaying): void {
  const player = root.querySelector<InlinePlayer>(
    "doorwatch-inline-player:focus-within",
  );
  if (!player || playing.of(player.clip.clip_id)) return;
  const button = player.nextElementSibling as HTMLElement | null;
  // It may be scrolled out.
  button?.focus({ preventScroll: true });
}

/** On the image: the button, and the video while it plays. */
function renderPlaying(
  { clip, playing, active, connected, strings }: Item,
  words: readonly string[],
  list: ListPlaying,
): TemplateResult {
  const { clip_id } = clip;
  const name = words.filter(Boolean).join(", ");
  const plays = playing === "plays";
  const key = plays ? "player.pause_clip" : "player.play_clip";
  const label = strings.text(key, { clip: name });
  return html`<div class="over">
    ${
      playing
        ? html`<doorwatch-inline-player
            .clip=${clip}
            .label=${name}
            .paused=${!plays}
            @clip-plays=${({ detail }: CustomEvent<boolean>) => {
              list.tell(clip_id, detail ? "plays" : "paused");
            }}
            @clip-ended=${() => list.end(clip_id)}
            @clip-unplayable=${() => list.openInstead(clip_id)}
          ></doorwatch-inline-player>`
        : nothing
    }
    <button
      class="plain play"
      tabindex=${active ? 0 : -1}
      aria-label=${label}
      title=${label}
      ?disabled=${!connected && !playing}
      @click=${() => list.press(clip_id)}
    >
      ${icon(plays ? "pause" : "play")}
    </button>
  </div>`;
}
