/** Styles of the filters of the clip list. */

import { css } from "lit";

export const narrowingStyles = css`
  :host {
    display: flex;
    flex-wrap: wrap;
    align-items: flex-start;
    gap: 8px;
  }
  .bar {
    flex: 1;
    min-width: 0;
    display: flex;
    align-items: flex-start;
    gap: 8px;
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    min-width: 0;
    margin-inline-end: auto;
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
  .search {
    flex: none;
  }
  input {
    font: inherit;
    color: inherit;
    flex: 1 0 200px;
    max-width: 320px;
    min-height: 44px;
    padding: 8px 16px;
    border: 1px solid var(--dw-border);
    border-radius: 22px;
    background: var(--dw-surface);
  }
  :host([narrow]) .chips {
    flex-wrap: nowrap;
    overflow-x: auto;
    scrollbar-width: none;
    /* The first chip leaves at the edge of the screen. */
    margin-inline-start: -16px;
    padding-inline-start: 16px;
    scroll-padding-inline: 16px;
  }
  :host([narrow]) .chip {
    flex: none;
  }
  /* Outlines are not cut off by the scroll container. */
  :host([narrow]) .chip:focus-visible {
    outline-offset: -3px;
  }
  :host([narrow]) input {
    flex: 1 0 100%;
    max-width: none;
  }
  @media (forced-colors: active) {
    .chip[aria-pressed="true"] {
      border-color: Highlight;
    }
  }
`;
