/** Styles of the scrub bar. */

import { css, unsafeCSS } from "lit";

/** In pixels. */
export const PICTURE_WIDTH = 160;

export const scrubBarStyles = css`
  :host {
    position: relative;
    display: block;
    /* Time runs from left to right in every language, as in players. */
    direction: ltr;
    color: #fff;
  }
  .bar {
    position: relative;
    height: 44px;
    border-radius: 6px;
    touch-action: pan-y;
    user-select: none;
    cursor: pointer;
  }
  svg {
    position: absolute;
    inset: 2px 0 auto;
    width: 100%;
    height: 16px;
    fill: currentColor;
    opacity: 0.5;
    pointer-events: none;
  }
  .track {
    position: absolute;
    inset: 20px 0 auto;
    height: 4px;
    border-radius: 2px;
    overflow: hidden;
    background: rgba(255, 255, 255, 0.34);
    pointer-events: none;
  }
  .done {
    height: 100%;
    background: #fff;
  }
  i {
    position: absolute;
    top: 15px;
    width: 14px;
    height: 14px;
    margin-left: -7px;
    border-radius: 50%;
    background: #fff;
    pointer-events: none;
  }
  .bar:focus-visible {
    outline-color: #fff;
    outline-offset: -4px;
  }
  .look {
    position: absolute;
    bottom: 44px;
    z-index: 3;
    width: ${unsafeCSS(PICTURE_WIDTH)}px;
    overflow: hidden;
    border: 2px solid #fff;
    border-radius: 8px;
    background: #1c1c1e;
    text-align: center;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  .look.words {
    width: 60px;
  }
  .look img {
    display: block;
    width: 100%;
  }
  .look span {
    display: block;
    padding: 2px 4px;
  }
  @media (forced-colors: active) {
    .track {
      border: 1px solid CanvasText;
    }
    .done,
    i {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;
