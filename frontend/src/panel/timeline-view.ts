/** Templates of the timeline. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Doorbell, Mark } from "../api/commands.ts";
import { happened, eventName } from "../clips/clip-words.ts";
import { shortTimes, time, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import type { DayLook } from "./day-look.ts";
import { areMany, SAMPLES, type Shape } from "./timeline-marks.ts";
import { CLOSEST } from "./timeline-scale.ts";
import type { Scrubbed } from "./timeline-scrub.ts";

/** Height of the hours, with the indicator of the visible part, below the lanes. */
export const HOURS = 28;
/** Height of the footer below, with its margin: that of its buttons. */
export const FOOT = 50;
/** Minimum distance of hour lines in `rem`. */
const HOURS_APART = 46 / 16;
const SHAPES: readonly Shape[] = [
  "motion",
  "by_hand",
  "ring",
  "manual",
  "protected",
  "shared",
];

export interface Times {
  second: (at: number) => string;
  minute: (at: number) => string;
  hour: (at: number) => string;
}

export const timesIn = (zone: string, locale: Locale): Times => ({
  ...shortTimes(zone, locale),
  second: (at) => time(new Date(at).toISOString(), zone, locale),
});

export const doorbellOf = (
  strings: Strings,
  doorbells: readonly Doorbell[],
  id: string,
): string =>
  doorbells.find(({ doorbell_id }) => doorbell_id === id)?.name ??
  strings.text("clip.no_doorbell");

/** "Ring, Motion, 14:03, Front door, Protected". */
export function inWords(
  look: DayLook,
  mark: Mark,
  strings: Strings,
  times: Times,
  doorbells: readonly Doorbell[],
): string {
  return [
    happened(strings, mark),
    times.minute(look.clock.momentOf(mark.at)),
    ...(look.lanes.length > 1
      ? [doorbellOf(strings, doorbells, mark.doorbell_id)]
      : []),
    ...(mark.protected ? [strings.text("timeline.protected")] : []),
    ...(look.shared.has(mark.clip_id) ? [strings.text("timeline.shared")] : []),
  ].join(", ");
}

/** The shapes, with lines for the hours. */
export function renderMarks(look: DayLook, ticks: readonly number[]): TemplateResult {
  const { width, height, lanes, drawing } = look;
  return html`<svg class="marks" aria-hidden="true">
    ${lanes.map(
      (_, lane) =>
        svg`<rect class="ground" rx="8" x="0" y=${look.topOf(lane)}
          width=${width} height=${look.laneHeight}></rect>`,
    )}
    <path
      class="lines"
      d=${ticks.map((x) => `M${x.toFixed(1)} 0h1v${height + 6}h-1z`).join("")}
    ></path>
    ${SHAPES.map((shape) => svg`<path class=${shape} d=${drawing[shape]}></path>`)}
  </svg>`;
}

/** The hours, and an indicator of the visible part if it is not the whole day. */
export function renderHours(look: DayLook, times: Times): TemplateResult {
  const { from, span } = look.view;
  const percent = (at: number): number => (at / look.length) * 100;
  return html`<div class="hours" aria-hidden="true">
    ${ticksOf(look).map(
      ({ at, moment, whole }) =>
        html`<span style="inset-inline-start: ${look.placeOf(at)}px"
          >${whole ? times.hour(moment) : times.minute(moment)}</span
        >`,
    )}
    ${
      look.isWhole
        ? nothing
        : html`<div
            class="part"
            style="inset-inline-start: ${percent(from)}%; width: ${percent(span)}%"
          ></div>`
    }
  </div>`;
}

export const ticksOf = (look: DayLook): ReturnType<typeof look.clock.ticks> =>
  look.width > 0 ? look.clock.ticks(look.view, look.width, HOURS_APART * look.rem) : [];

/** The names of the lanes, if there are several. */
export function renderNames(
  look: DayLook,
  strings: Strings,
  doorbells: readonly Doorbell[],
): TemplateResult | typeof nothing {
  if (look.lanes.length < 2) return nothing;
  return html`${look.lanes.map(
    (id, lane) =>
      html`<span
        class="name"
        aria-hidden="true"
        style="top: calc(${look.topOf(lane)}px - ${areMany(look.lanes.length) ? 0 : 9}rem / 7)"
        >${doorbellOf(strings, doorbells, id)}</span
      >`,
  )}`;
}

/** The selected clip. */
export function renderChosen(look: DayLook, mark: Mark): TemplateResult {
  const from = look.placeOf(mark.at);
  const to = look.placeOf(mark.at + mark.duration);
  const top = look.topOf(look.laneOf(mark.doorbell_id));
  return html`<div
    class="chosen"
    style="inset-inline-start: ${from - 8}px; width: ${Math.max(0, to - from) + 16}px;
      top: ${top}px; height: ${look.laneHeight}px"
  ></div>`;
}

/** The line under the pointer while it drags. */
export const renderHand = (look: DayLook, x: number): TemplateResult =>
  html`<div
    class="hand"
    style="inset-inline-start: ${x}px; height: ${look.height}px"
  ></div>`;

/** What the card shows. */
export interface OnCard {
  /** Undefined where nothing was recorded. */
  readonly mark: Mark | undefined;
  readonly doorbellId: string;
  readonly time: string;
  /** The position of the card in pixels. */
  readonly middle: number;
  readonly large: boolean;
  readonly others?: number;
  readonly picture?: string | undefined;
}

/** While the timeline is dragged. */
export function scrubbedCard(
  { x, second, doorbellId, moment }: Scrubbed,
  picture: string | undefined,
  { clock }: DayLook,
  times: Times,
): OnCard {
  const at = clock.momentOf(second);
  return {
    mark: moment?.mark,
    doorbellId,
    time: moment ? times.second(at) : times.minute(at),
    middle: x,
    large: true,
    picture,
  };
}

interface CardActions {
  thumbnailOf: (clipId: string) => string;
  left: (event: PointerEvent) => void;
  open: (mark: Mark | undefined) => void;
  /** The card is where the mouse goes. */
  hide: () => void;
}

/** Hidden from screen readers, because the slider says the same and Enter does the same. */
export function renderCard(
  { mark, doorbellId, time, others = 0, picture }: OnCard,
  inert: boolean,
  look: DayLook,
  strings: Strings,
  doorbells: readonly Doorbell[],
  { thumbnailOf, left, open, hide }: CardActions,
): TemplateResult {
  const named = look.lanes.length > 1;
  return html`<div
    class="card"
    popover="manual"
    aria-hidden="true"
    ?inert=${inert}
    @pointerdown=${(event: Event) => event.preventDefault()}
    @pointerleave=${left}
    @click=${() => open(mark)}
  >
    <doorwatch-timeline-card
      .path=${mark && thumbnailOf(mark.clip_id)}
      .picture=${picture}
      .time=${time}
      .content=${mark ? happened(strings, mark) : ""}
      .doorbell=${named ? doorbellOf(strings, doorbells, doorbellId) : undefined}
      .others=${others}
      @card-in-the-way=${hide}
    ></doorwatch-timeline-card>
  </div>`;
}

/** The future, and the line of the current time. */
export function renderNow(
  look: DayLook,
  now: number | undefined,
): TemplateResult | typeof nothing {
  const at = look.secondOf(now);
  if (at === undefined) return nothing;
  const place = look.placeOf(at);
  return html`<div
      class="ahead"
      style="inset-inline-start: ${Math.max(0, place)}px; height: ${look.height}px"
    ></div>
    <div
      class="now"
      style="inset-inline-start: ${place}px; height: ${look.height}px"
    ></div>`;
}

/** A legend with counts, without kinds that do not occur. */
function renderLegend(look: DayLook, strings: Strings): TemplateResult {
  const kinds = ["ring", "motion", "manual"] as const;
  const many = (isSo: (mark: Mark) => boolean): number =>
    look.marks.filter(isSo).length;
  const rows: [Shape, string, number][] = [
    ...kinds.map((kind): [Shape, string, number] => [
      kind,
      eventName(strings, kind),
      many(({ kinds }) => kinds.includes(kind)),
    ]),
    ["protected", strings.text("timeline.protected"), many((mark) => mark.protected)],
    [
      "shared",
      strings.text("timeline.shared"),
      many(({ clip_id }) => look.shared.has(clip_id)),
    ],
  ];
  return html`<ul class="legend" aria-label=${strings.text("timeline.kinds")}>
    ${rows
      .filter(([, , count]) => count > 0)
      .map(
        ([shape, kind, count]) =>
          html`<li>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path class=${shape} d=${SAMPLES[shape]}></path>
            </svg>
            ${strings.text("timeline.count", { kind, count })}
          </li>`,
      )}
  </ul>`;
}

function renderZoom(
  name: "nearer" | "farther",
  strings: Strings,
  possible: boolean,
  zoom: () => void,
): TemplateResult {
  return html`<button
    class="plain"
    aria-label=${strings.text(`timeline.${name}`)}
    title=${strings.text(`timeline.${name}`)}
    aria-disabled=${!possible}
    @click=${zoom}
  >
    ${icon(name)}
  </button>`;
}

/** The footer: legend, visible part, and zoom buttons. */
export function renderFoot(
  look: DayLook,
  strings: Strings,
  times: Times,
  zoom: (factor: number) => void,
): TemplateResult {
  const { from, span } = look.view;
  const minute = (at: number): string => times.minute(look.clock.momentOf(at));
  const part = { from: minute(from), to: minute(from + span) };
  return html`<div class="foot">
    ${renderLegend(look, strings)}
    <div class="zoom">
      <span class="sr" role="status"
        >${look.isWhole ? "" : strings.text("timeline.shown", part)}</span
      >
      ${renderZoom("farther", strings, !look.isWhole, () => zoom(0.5))}
      ${renderZoom("nearer", strings, span > CLOSEST, () => zoom(2))}
    </div>
  </div>`;
}
