/** Styles of a clip's page. */

import { css } from "lit";

export const clipPageStyles = css`
  :host {
    display: block;
    max-width: 1100px;
    margin-inline: auto;
    padding: 8px 16px 24px;
    outline: none;
    /* A finger goes to another clip from anywhere on the page. */
    min-height: calc(100dvh - var(--header-height, 56px));
    box-sizing: border-box;
    touch-action: pan-y pinch-zoom;
  }
  h1 {
    margin: 0 0 8px;
    font-size: 1.125rem;
    font-weight: 500;
    line-height: 1.3;
    outline: none;
  }
  h1 .muted {
    display: block;
    font-size: 0.875rem;
    font-weight: 400;
  }
  .media {
    /* The whole video with its controls is visible, and the actions below it. */
    --most: calc(100dvh - var(--header-height, 56px) - 260px);
    width: min(100%, max(240px, calc(var(--most) * var(--ratio))));
    margin: 4px auto 12px;
  }
  .steps,
  .actions,
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 8px;
  }
  .actions {
    justify-content: flex-end;
    flex: 1 1 auto;
  }
  [aria-disabled="true"] {
    opacity: 0.6;
  }
  button[aria-pressed="true"] {
    background: color-mix(
      in srgb,
      var(--primary-color, #009ac7) 32%,
      var(--dw-surface)
    );
    color: inherit;
  }
  button[aria-pressed="true"]:hover:not(:disabled) {
    background: color-mix(
      in srgb,
      var(--primary-color, #009ac7) 40%,
      var(--dw-surface)
    );
  }
  @media (forced-colors: active) {
    button[aria-pressed="true"] {
      border-color: Highlight;
      outline: 1px solid Highlight;
    }
  }
  .chips {
    align-items: center;
    margin: 16px 0 0;
    padding: 0;
    list-style: none;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 4px 12px;
    border-radius: 16px;
    background: var(--dw-raised);
  }
  .chip .icon {
    width: 1.125rem;
    height: 1.125rem;
  }
  .facts {
    margin: 8px 0 0;
  }
  a:not(.button) {
    color: var(--dw-link);
    text-underline-offset: 3px;
  }
  section {
    margin-top: 16px;
  }
  section > * + * {
    margin-top: 8px;
  }
  /* The size that they have once they are loaded. */
  doorwatch-clip-player:not(:defined) {
    display: block;
    box-sizing: content-box;
    aspect-ratio: var(--ratio);
    max-height: max(135px, var(--most));
    padding-bottom: 88px;
  }
  doorwatch-near-clips:not(:defined) {
    display: block;
    min-height: 104px;
  }
  @media (min-width: 600px) {
    doorwatch-clip-player:not(:defined) {
      padding-bottom: 44px;
    }
  }
  doorwatch-near-clips {
    margin: 8px -4px 0;
  }
  .next {
    display: flex;
    align-items: center;
    gap: 12px;
    width: fit-content;
    min-height: 44px;
    cursor: pointer;
  }
  .keys {
    display: none;
    margin: 16px 0 0;
    font-size: 0.8125rem;
  }
  @media (hover: hover) and (pointer: fine) {
    .keys {
      display: block;
    }
  }
  .keys summary {
    display: list-item;
    width: fit-content;
    padding: 12px 0;
    cursor: pointer;
  }
  .keys dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 8px 16px;
    margin: 4px 0 0;
  }
  .keys dl > div {
    display: contents;
  }
  dd {
    margin: 0;
  }
  kbd {
    display: inline-block;
    min-width: 2em;
    padding: 1px 6px;
    border: 1px solid var(--dw-border);
    border-radius: 4px;
    font: inherit;
    text-align: center;
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 12px;
    padding: 48px 16px;
    text-align: center;
  }
  .empty > .icon {
    width: 2.75rem;
    height: 2.75rem;
    color: var(--dw-muted);
  }
  /* A phone in landscape: the video next to the actions. */
  @media (orientation: landscape) and (max-height: 500px) {
    .clip {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(220px, 34%);
      gap: 0 16px;
      align-items: start;
    }
    .media {
      --most: calc(100dvh - var(--header-height, 56px) - 124px);
      grid-row: span 20;
      width: 100%;
      margin-block: 0;
    }
    .actions {
      justify-content: flex-start;
    }
  }
  @media (max-width: 600px) {
    .steps,
    .actions {
      flex: 1 1 100%;
    }
    .steps button,
    .actions button {
      flex: 1 1 auto;
      padding: 0 12px;
    }
  }
`;
