/** Styles of a clip tile. */

import { css } from "lit";

export const clipTileStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  a {
    display: block;
    height: 100%;
    border-radius: 12px;
    overflow: hidden;
    background: var(--dw-raised);
    color: inherit;
    text-decoration: none;
  }
  a:hover {
    background: color-mix(in srgb, var(--dw-text) 10%, var(--dw-surface));
  }
  a:focus-visible {
    outline-offset: -3px;
  }
  doorwatch-thumbnail {
    aspect-ratio: 16 / 9;
  }
  .words {
    display: block;
    padding: 8px 10px;
    line-height: 1.35;
  }
  .what,
  .event,
  .length {
    display: flex;
    align-items: center;
    gap: 0 6px;
  }
  .what {
    flex-wrap: wrap;
    font-weight: 500;
  }
  /* Wrap between words before the duration moves to the next line. */
  .event {
    flex: 1 1 auto;
    width: min-content;
  }
  .what .icon {
    flex: none;
    width: 1.125rem;
    height: 1.125rem;
  }
  .length {
    margin-inline-start: auto;
    font-weight: 400;
  }
  .muted {
    display: block;
    font-size: 0.8125rem;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .length,
  .muted {
    font-variant-numeric: tabular-nums;
  }
  :host([list]) a {
    display: grid;
    grid-template-columns: clamp(112px, 34%, 200px) minmax(0, 1fr);
    align-items: center;
  }
`;
