/** Styles of the strip of clips before and after a clip. */

import { css } from "lit";

export const nearClipsStyles = css`
  :host {
    display: block;
    /* Reserved before the clips are loaded. */
    min-height: 104px;
  }
  .scrolls {
    display: flex;
    gap: 12px;
    padding: 4px;
    overflow-x: auto;
    overscroll-behavior-x: contain;
    scrollbar-width: thin;
    touch-action: pan-x pan-y;
  }
  .visit {
    display: flex;
    flex: none;
    gap: 4px;
    padding-bottom: 6px;
  }
  /* A bracket below the clips of one visit. */
  .visit.many {
    border: 2px solid var(--dw-border);
    border-top-color: transparent;
    border-radius: 8px;
    padding: 0 4px 4px;
    margin: -2px 0;
    border-image: linear-gradient(transparent 70%, var(--dw-border) 70%) 1;
  }
  a {
    flex: none;
    width: 112px;
    border-radius: 8px;
    color: inherit;
    text-decoration: none;
    font-size: 0.8125rem;
  }
  doorwatch-thumbnail {
    aspect-ratio: 16 / 9;
    border-radius: 8px;
  }
  .words {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 4px;
    min-height: 24px;
    font-variant-numeric: tabular-nums;
  }
  .icon {
    width: 1rem;
    height: 1rem;
  }
  [aria-current] doorwatch-thumbnail {
    outline: 3px solid var(--dw-link);
    outline-offset: -1px;
  }
  [aria-current] .words {
    font-weight: 600;
  }
`;
