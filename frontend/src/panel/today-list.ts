/** The list of clips of Today, and what is shown in its place. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { HomeFeed } from "../api/home-feed.ts";
import { inWords } from "../clips/clip-words.ts";
import "../clips/delete-dialog.ts";
import type { Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { isNarrowed } from "./chips.ts";
import "./clip-list.ts";
import type { FirstVisit } from "./first-run-visit.ts";
import type { Selection } from "./selection.ts";
import type { ClipActions } from "./today-clips.ts";
import type { TodayFeeds } from "./today-feeds.ts";
import { renderFailure, renderNothing, type Doors } from "./today-parts.ts";

export interface Listed extends Doors {
  strings: Strings;
  locale: Locale;
  feed: HomeFeed;
  feeds: TodayFeeds;
  actions: ClipActions;
  selection: Selection;
  first: FirstVisit;
  sharedClips: ReadonlySet<string>;
  scroller: HTMLElement | undefined;
  /** Focus the clips. */
  goOn: () => Promise<unknown>;
  /** A clip got the focus. */
  comeTo: (clipId: string) => void;
  /** Whether the newest clip is visible. */
  showNewest: (shown: boolean) => void;
}

export function renderClips(listed: Listed): TemplateResult {
  const { strings, feed, first } = listed;
  const { clips } = listed.feeds;
  const failing = [feed, clips].find((one) => one.status === "error");
  if (failing?.failure && clips.clips.length === 0)
    return renderFailure(strings, failing);
  const loading = clips.status === "loading" || feed.status === "loading";
  const some = clips.clips.length > 0 || clips.newer;
  if (some && !first.on) return renderList(listed, loading);
  return loading && !first.on
    ? html`<p class="state" role="status">${strings.text("card.loading")}</p>`
    : renderNothing(strings, listed, first, listed.goOn);
}

function renderList(listed: Listed, loading: boolean): TemplateResult {
  const { strings, place, actions, selection, comeTo, showNewest } = listed;
  const { clips, visit } = listed.feeds;
  const { more, newer } = clips;
  const load = (way: "older" | "newer"): void => void actions.load(way);
  const found = strings.text(more ? "list.found_more" : "list.found", {
    count: clips.clips.length,
  });
  return html`<p class="sr" role="status">
      ${isNarrowed(place) && !loading ? found : nothing}
    </p>
    ${
      newer
        ? html`<button class="newer" @click=${() => load("newer")}>
            ${strings.text("today.newer")}
          </button>`
        : nothing
    }
    <doorwatch-clip-list
      .clips=${clips.clips}
      .doorbells=${listed.doorbells}
      .doorbellId=${place.doorbell}
      .more=${more}
      .newer=${newer}
      .seen=${visit.seen}
      .sharedClips=${listed.sharedClips}
      .chosen=${selection.ids}
      .scroller=${listed.scroller}
      @more-wanted=${() => load("older")}
      @clips-drawn=${({ detail }: CustomEvent<[number, number]>) => {
        clips.look(...detail);
      }}
      @newest-shown=${({ detail }: CustomEvent<boolean>) => showNewest(detail)}
      @clip-come-to=${({ detail }: CustomEvent<string>) => comeTo(detail)}
      @clip-choose=${({ detail }: CustomEvent<Clip>) => selection.toggle(detail)}
      @clip-delete=${({ detail }: CustomEvent<Clip>) => actions.ask(detail)}
    ></doorwatch-clip-list>
    ${
      more
        ? html`<button class="older" @click=${() => load("older")}>
            ${strings.text("card.older")}
          </button>`
        : nothing
    }`;
}

/** The question before a protected clip is deleted. */
export function renderQuestion({
  strings,
  locale,
  doorbells,
  actions,
}: Listed): TemplateResult | typeof nothing {
  const { deleting } = actions;
  if (!deleting) return nothing;
  const name =
    doorbells.find((one) => one.doorbell_id === deleting.doorbell_id)?.name ??
    strings.text("clip.no_doorbell");
  return html`<doorwatch-delete-dialog
    .clips=${[deleting]}
    .what=${inWords(strings, locale, "delete.text", deleting, name)}
    @delete=${() => void actions.delete(deleting)}
    @dialog-closed=${() => actions.close()}
  ></doorwatch-delete-dialog>`;
}
