/** Styles of the button to talk. */

import { css } from "lit";

export const talkStyles = css`
  :host {
    display: block;
    color: inherit;
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
  }
  button,
  button:hover {
    /* It is on the dark footer of an image in every theme. */
    background: color-mix(in srgb, currentColor 18%, transparent);
    color: inherit;
    touch-action: none;
    user-select: none;
    -webkit-user-select: none;
    -webkit-touch-callout: none;
  }
  /* Keep the size when the label changes under the finger. */
  button.talk {
    width: min(100%, 24rem);
    min-height: 52px;
    border-radius: 26px;
  }
  button.on,
  button.on:hover {
    border-color: transparent;
    background: #c5221f;
    color: #fff;
  }
  .level {
    width: 72px;
    height: 8px;
    border-radius: 4px;
    overflow: hidden;
    background: color-mix(in srgb, currentColor 24%, transparent);
  }
  .level i {
    display: block;
    height: 100%;
    border-radius: inherit;
    background: currentColor;
    forced-color-adjust: none;
    transform-origin: 0;
  }
  .level:dir(rtl) i {
    transform-origin: 100%;
  }
  @media (prefers-reduced-motion: reduce) {
    .level {
      display: none;
    }
    .hears {
      position: static;
      width: auto;
      clip-path: none;
    }
  }
  a {
    color: inherit;
  }
  p {
    margin: 4px 0;
    font-size: 0.875rem;
  }
  .words:empty {
    margin: 0;
  }
  summary {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 44px;
    cursor: pointer;
    font-size: 0.875rem;
  }
  .icon {
    width: 1.25rem;
    height: 1.25rem;
  }
`;
