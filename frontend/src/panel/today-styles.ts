/** Styles of Today. */

import { css } from "lit";

export const todayStyles = css`
  :host {
    display: block;
    position: relative;
    height: 100%;
    --gap: 12px;
  }
  :host([layout="phone"]),
  :host([layout="short"]) {
    --gap: 8px;
  }
  .scroll {
    height: 100%;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-gutter: stable;
  }
  .top,
  .choosing,
  .columns {
    box-sizing: border-box;
    width: 100%;
    max-width: 2400px;
    margin-inline: auto;
    padding-inline: 16px;
  }
  .top,
  .now {
    display: flex;
    flex-direction: column;
    gap: var(--gap);
  }
  .top:has(p),
  .choosing {
    padding-top: var(--gap);
  }
  .columns {
    display: flex;
    flex-direction: column;
    gap: var(--gap);
    padding-block: var(--gap) calc(24px + env(safe-area-inset-bottom, 0px));
  }
  .now,
  .day,
  .all {
    min-width: 0;
  }
  .columns > :empty {
    display: none;
  }
  .day {
    overflow-anchor: none;
  }
  /* Parts appear together once their sizes are known, so that nothing moves. */
  .waiting :is(doorwatch-today-notices, .day, .all) {
    visibility: hidden;
  }
  .loading {
    position: absolute;
    inset: auto 0 24px;
    margin: 0;
    text-align: center;
    color: var(--dw-muted);
    pointer-events: none;
  }
  /* Always present, so that new content is announced, but without a gap. */
  .banners:not(:has(p)) {
    position: absolute;
  }
  .banner {
    margin: 0;
  }
  .choosing {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .choosing:not(:has(nav)) {
    display: none;
  }
  .tabs {
    flex: 1;
    min-width: 0;
    display: flex;
    gap: 4px;
    overflow-x: auto;
    scrollbar-width: none;
  }
  .tab {
    flex: none;
    max-width: 240px;
    min-height: 44px;
    padding: 0 16px;
    border-block-end: 3px solid transparent;
    color: inherit;
    font-weight: 500;
    line-height: 41px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    text-decoration: none;
  }
  .tab:hover {
    background: var(--dw-raised);
  }
  .tab[aria-current] {
    border-color: color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
  }
  .tab:focus-visible {
    outline-offset: -3px;
  }
  .all-live {
    flex: none;
  }
  :host([layout="phone"]) .all-live {
    padding: 0;
  }
  :host([layout="phone"]) .all-live .words {
    position: absolute;
    width: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .stills {
    display: grid;
    grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
    align-items: start;
    gap: var(--gap);
  }
  :host([layout="tablet"]) .stills:not(.several) {
    /* The clips begin on the first screen. */
    width: min(100%, max(300px, 70vh));
  }
  /* The next column is visible, so that people see that the row scrolls. */
  .stills.scrolls {
    grid-template: repeat(2, auto) / none;
    grid-auto-flow: column;
    grid-auto-columns: 38%;
    overflow-x: auto;
    scroll-snap-type: x proximity;
    scrollbar-width: none;
    margin-inline: -16px;
    padding-inline: 16px;
    scroll-padding-inline: 16px;
  }
  .stills.scrolls > * {
    scroll-snap-align: start;
  }
  .stills.scrolls:has([live]) {
    grid-template: none / repeat(2, minmax(0, 1fr));
    grid-auto-flow: row;
  }
  /* A live one is larger than the others. */
  .stills.several:has(> :not([live])) > [live] {
    grid-column: span 2;
    grid-row: span 2;
  }
  doorwatch-narrowing {
    margin-block-end: 4px;
  }
  .newer,
  .older {
    display: flex;
    margin: 8px auto;
  }
  .state {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 8px;
    margin: 0;
    padding: 48px 12px;
    text-align: center;
  }
  .state > .icon {
    width: 2.75rem;
    height: 2.75rem;
    color: var(--dw-muted);
  }
  .state p {
    margin: 0;
    color: var(--dw-muted);
    max-width: 60ch;
  }
  /* The list beside the live view: only the list scrolls. */
  :host(:is([layout="wide"], [layout="short"])) .scroll {
    display: flex;
    flex-direction: column;
    overflow: hidden;
    scrollbar-gutter: auto;
  }
  :host(:is([layout="wide"], [layout="short"])) .columns {
    flex: 1;
    min-height: 0;
    display: grid;
    padding-bottom: calc(8px + env(safe-area-inset-bottom, 0px));
  }
  :host(:is([layout="wide"], [layout="short"])) :is(.now, .day) {
    overflow: hidden auto;
  }
  :host(:is([layout="wide"], [layout="short"])) .all {
    grid-area: all;
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  :host(:is([layout="wide"], [layout="short"])) .list {
    flex: 1;
    min-height: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-gutter: stable;
    /* The headings of the days are a bit wider than the list. */
    margin-inline: -4px;
    padding-inline: 4px;
  }
  :host([layout="wide"]) .columns {
    grid-template:
      "now all" minmax(0, 1fr)
      "day day" fit-content(40%) / minmax(0, 1fr) clamp(320px, 32%, 480px);
    gap: 12px 24px;
  }
  :host([layout="short"]) .columns {
    grid-template:
      "now all" minmax(0, max-content)
      "day all" minmax(0, 1fr) / minmax(0, 2fr) minmax(0, 3fr);
    gap: 8px 16px;
  }
  :host(:is([layout="wide"], [layout="short"])) .now {
    grid-area: now;
  }
  :host(:is([layout="wide"], [layout="short"])) .day {
    grid-area: day;
  }
  /* Without doorbells. */
  :host(:is([layout="wide"], [layout="short"])) .columns.plain {
    grid-template: "now" auto "all" minmax(0, 1fr) / minmax(0, 1fr);
  }
  /* As large as the space, with a line of notices, allows. */
  :host([layout="wide"]) .columns:not(.plain) > .now {
    container-type: size;
    --below: 56px;
  }
  :host([layout="wide"]) .columns:not(.plain) > .now:has(:only-child[live]) {
    --below: 120px;
  }
  :host([layout="wide"]) .stills {
    grid-template-columns: repeat(
      var(--columns),
      min(
        (100cqw - (var(--columns) - 1) * 12px) / var(--columns),
        (100cqh - var(--below) - (var(--rows) - 1) * 12px) / var(--rows) * 16 / 9
      )
    );
  }
  /*
   * Tiles that leave space below them are up to 4:3, as many doorbells are. Within a tile, 100cqw
   * is its own width.
   */
  :host([layout="wide"]) .stills.several > :not([live]) {
    --frame-height: clamp(
      56.25cqw,
      (100cqh - var(--below) - (var(--rows) - 1) * 12px) / var(--rows),
      75cqw
    );
  }
  @media (forced-colors: active) {
    .tab {
      border-color: Canvas;
    }
    .tab[aria-current] {
      border-color: Highlight;
    }
  }
`;
