/** Styles of Today. */

import { css } from "lit";

export const todayStyles = css`
  :host {
    display: block;
    height: 100%;
  }
  .scroll {
    height: 100%;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-gutter: stable;
    container-type: inline-size;
  }
  .top,
  .columns {
    max-width: 1720px;
    margin-inline: auto;
    padding-inline: 16px;
  }
  .columns {
    padding-bottom: calc(24px + env(safe-area-inset-bottom, 0px));
  }
  .now,
  .all {
    min-width: 0;
  }
  .top,
  .now {
    display: flex;
    flex-direction: column;
    gap: 12px;
    padding-top: 12px;
  }
  .top:not(:has(.tabs, p)) {
    padding-top: 0;
  }
  @container (min-width: 960px) {
    .columns:has(doorwatch-day-view, .stills) {
      display: grid;
      grid-template-columns: minmax(320px, 1fr) minmax(0, 2fr);
      gap: 24px;
      align-items: start;
    }
    .now {
      position: sticky;
      inset-block-start: 0;
      max-height: calc(100dvh - var(--header-height, 56px));
      overflow-y: auto;
      overflow-anchor: none;
      padding-bottom: 12px;
    }
  }
  /* Always present, so that new content is announced, but without a gap. */
  .banners:not(:has(p)) {
    position: absolute;
  }
  .banner {
    margin: 0;
  }
  a.news {
    min-height: 44px;
    color: inherit;
  }
  .tabs {
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
  .stills {
    display: grid;
    gap: 12px;
  }
  .stills:not(.several) doorwatch-still {
    /* The clips begin on the first screen. */
    width: min(100%, 720px, max(300px, 60vh));
  }
  /* In one row and not too high, so that the day and its clips fit on the screen. */
  .stills.several {
    grid-auto-flow: column;
    grid-auto-columns: minmax(150px, max(220px, 36vh));
    overflow-x: auto;
    scroll-snap-type: x proximity;
    scrollbar-width: none;
    margin-inline: -16px;
    padding-inline: 16px;
    scroll-padding-inline: 16px;
  }
  .stills.several > * {
    scroll-snap-align: start;
  }
  /* Live ones are larger. */
  .stills.several:has([live]) {
    display: flex;
    align-items: flex-start;
  }
  .stills.several:has([live]) > :not([live]) {
    flex: none;
    width: min(max(220px, 36vh), 76cqi);
  }
  .stills.several > [live] {
    flex: none;
    width: min(480px, 84cqi);
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
  }
  .all-live {
    flex: none;
  }
  .narrowing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 12px 0 4px;
  }
  input[type="search"] {
    font: inherit;
    color: inherit;
    flex: 1 1 200px;
    max-width: 320px;
    min-height: 44px;
    padding: 8px 16px;
    border: 1px solid var(--dw-border);
    border-radius: 22px;
    background: var(--dw-surface);
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .chip {
    padding: 0 12px;
    gap: 6px;
    border-color: var(--dw-border);
    border-radius: var(--ha-border-radius-md, 8px);
    background: transparent;
    color: inherit;
  }
  .chip .icon {
    width: 1.125rem;
    height: 1.125rem;
  }
  .chip[aria-pressed="true"] {
    border-color: transparent;
    background: color-mix(
      in srgb,
      var(--primary-color, #009ac7) 24%,
      var(--dw-surface)
    );
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
  @media (forced-colors: active) {
    .tab {
      border-color: Canvas;
    }
    .tab[aria-current] {
      border-color: Highlight;
    }
    .chip[aria-pressed="true"] {
      border-color: Highlight;
    }
  }
  @container (max-width: 640px) {
    .all-live {
      padding: 0;
    }
    .all-live .words {
      position: absolute;
      width: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .stills.several {
      grid-auto-columns: 76%;
    }
    /* One line that scrolls horizontally. */
    .narrowing {
      flex-wrap: nowrap;
      overflow-x: auto;
      scrollbar-width: none;
      margin-inline: -16px;
      padding-inline: 16px;
    }
    .chips {
      flex-wrap: nowrap;
    }
    .chip {
      flex: none;
    }
    input[type="search"] {
      flex: 1 0 164px;
      max-width: none;
    }
  }
`;
