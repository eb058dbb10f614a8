/** Styles of requests and bulletins. */

import { css } from "lit";

export const requestsStyles = css`
  :host {
    max-width: 1200px;
  }
  .narrow {
    max-width: 840px;
    margin-inline: auto;
  }
  /* Keep line breaks and the text direction of the author. */
  .text {
    white-space: pre-line;
    unicode-bidi: plaintext;
    text-align: start;
    overflow-wrap: anywhere;
  }
  .columns {
    display: grid;
    gap: 0 32px;
  }
  .columns > * {
    min-width: 0;
  }
  @media (min-width: 1000px) {
    .columns:has(> .bulletins) {
      grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    }
    h1:not(.shown) + .columns > .bulletins > h2 {
      margin-top: 4px;
    }
  }
  .columns:not(:has(> .bulletins)),
  .columns:not(:has(> .bulletins)) ~ * {
    max-width: 840px;
    margin-inline: auto;
    width: 100%;
  }
  .card h4 {
    display: flex;
    align-items: start;
    justify-content: space-between;
    gap: 8px;
    overflow-wrap: anywhere;
  }
  .card h4 .icon {
    color: var(--dw-muted);
  }
  .card h4 a:not(.button) {
    color: inherit;
    text-decoration: none;
  }
  /* The whole card is a link, except for its buttons. */
  .card.whole {
    position: relative;
    box-shadow: var(
      --ha-card-box-shadow,
      0 1px 3px color-mix(in srgb, #000 18%, transparent)
    );
  }
  .card.whole h4 a::after {
    content: "";
    position: absolute;
    inset: 0;
    border-radius: inherit;
  }
  .card.whole:active {
    background: var(--dw-raised);
  }
  .card.whole h4 a:focus-visible {
    outline: none;
  }
  .card.whole:has(h4 a:focus-visible) {
    outline: 3px solid
      color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
    outline-offset: 2px;
  }
  @media (hover: hover) {
    .card.whole:has(h4 a:hover) {
      background: var(--dw-raised);
    }
  }
  .group > .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0 12px;
    overflow-wrap: anywhere;
  }
  .group > .head h3 {
    flex: 1 1 200px;
  }
  .group > .head .muted {
    display: block;
    font-weight: 400;
  }
  .group > button {
    margin-top: 8px;
  }
  .card > .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0 12px;
  }
  .head button.hide,
  .card button.hide {
    position: relative;
    margin-inline: auto -12px;
    padding-inline: 12px;
    background-color: transparent;
  }
  @media (forced-colors: active) {
    .head button.hide,
    .card button.hide {
      margin-inline-end: 0;
    }
  }
  .card details {
    margin: 0;
  }
  .fits {
    justify-self: start;
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 4px 12px 4px 8px;
    border-radius: 16px;
    background: color-mix(
      in srgb,
      var(--primary-color, #009ac7) 18%,
      var(--dw-surface)
    );
    font-weight: 500;
  }
  .fits .icon {
    width: 18px;
    height: 18px;
  }
  .over {
    font-weight: 500;
  }
  @media (forced-colors: active) {
    .fits {
      border: 1px solid CanvasText;
    }
  }
  .requests > details {
    margin: 16px 0;
  }
  .below {
    display: grid;
    justify-items: start;
    gap: 16px;
    margin-top: 16px;
  }
  .below p {
    margin: 0;
  }
  summary {
    min-height: 44px;
    display: list-item;
    padding-block: 10px;
    cursor: pointer;
  }
  .problems {
    margin: 0 0 16px;
    padding: 0;
    list-style: none;
    display: grid;
    gap: 8px;
  }
  .problems .icon {
    align-self: start;
  }
  .lacks {
    margin: 0;
    padding-inline-start: 20px;
  }
`;

export const requestStyles = css`
  h1.shown {
    position: static;
    width: auto;
    height: auto;
    margin: 0 0 4px;
    clip-path: none;
    white-space: normal;
    overflow-wrap: anywhere;
    font-size: 1.375rem;
    font-weight: 500;
    line-height: 1.3;
  }
  .key {
    margin-bottom: 12px;
  }
  .key p {
    margin: 0;
  }
  .whole > details {
    border-top: 1px solid var(--dw-line);
  }
  .whole > details[open] {
    padding-bottom: 16px;
  }
  .whole summary {
    font-weight: 500;
  }
  dd,
  dt {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  p.banner,
  div.banner {
    margin-bottom: 12px;
    max-width: none;
  }
`;
