/** Styles of the clip list. */

import { css } from "lit";

export const clipListStyles = css`
  :host {
    display: block;
  }
  .space {
    position: relative;
    overflow-anchor: none;
  }
  section {
    position: absolute;
    inset-inline: 0;
  }
  h2 {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 0 -4px;
    padding: 0 4px;
    background: var(--primary-background-color, #fafafa);
    font-size: 1rem;
    font-weight: 500;
  }
  h2 .muted {
    font-size: 0.875rem;
    font-weight: 400;
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li {
    position: absolute;
    overflow: hidden;
    border: 1px solid var(--dw-line);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--dw-surface);
    contain: strict;
  }
  .clip {
    display: flex;
    flex-direction: column;
    height: 100%;
    color: inherit;
    text-decoration: none;
  }
  .clip:hover {
    background: var(--dw-raised);
  }
  button.clip {
    align-items: stretch;
    justify-content: flex-start;
    gap: 0;
    width: 100%;
    padding: 0;
    border: none;
    border-radius: inherit;
    background: none;
    font-weight: inherit;
    text-align: start;
  }
  .check {
    position: absolute;
    inset-block-start: 6px;
    inset-inline-start: 6px;
    display: flex;
    border-radius: 50%;
    background: var(--dw-surface);
    color: var(--dw-link);
  }
  .clip:focus-visible {
    outline-offset: -3px;
    border-radius: inherit;
  }
  .picture {
    position: relative;
    flex: 1;
    min-height: 0;
  }
  doorwatch-thumbnail {
    width: 100%;
    height: 100%;
  }
  .length {
    position: absolute;
    inset-block-end: 6px;
    inset-inline-end: 6px;
    padding: 1px 6px;
    border-radius: 8px;
    background: rgba(0, 0, 0, 0.68);
    color: #fff;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }
  /* As large as the image; a press beside the buttons opens the clip. */
  .over {
    position: absolute;
    inset: 0 0 4.5rem;
    overflow: hidden;
    pointer-events: none;
  }
  .play {
    position: absolute;
    inset-block-end: 0;
    inset-inline-start: 0;
    pointer-events: auto;
  }
  .play .icon {
    box-sizing: content-box;
    padding: 5px;
    border-radius: 50%;
    background: rgba(0, 0, 0, 0.68);
    fill: #fff;
  }
  .play:focus-visible {
    outline-offset: -3px;
  }
  .words {
    flex: none;
    height: 4.5rem;
    align-content: center;
    padding-block: 0.25rem;
    padding-inline: 12px 52px;
    line-height: 1.3125rem;
    overflow: hidden;
  }
  .kind,
  .line {
    display: flex;
    align-items: center;
    gap: 6px;
    overflow: hidden;
  }
  /* Allow a second line. */
  .kind {
    align-items: flex-start;
    font-weight: 500;
  }
  .kind .rest {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .kind .icon {
    margin-block: 0.09375rem;
  }
  .kind .dot {
    margin-block: 0.34375rem;
  }
  .line {
    white-space: nowrap;
    font-size: 0.875rem;
    color: var(--dw-muted);
  }
  .rest {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .time {
    color: var(--dw-text);
    font-variant-numeric: tabular-nums;
  }
  .words .icon {
    width: 1.125rem;
    height: 1.125rem;
  }
  .ring .icon {
    color: color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
  }
  .sign {
    display: inline-flex;
  }
  .dot {
    flex: none;
    width: 0.625rem;
    height: 0.625rem;
    border-radius: 50%;
    background: color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
    forced-color-adjust: none;
  }
  .delete {
    position: absolute;
    inset-block-end: 8px;
    inset-inline-end: 4px;
    color: var(--dw-muted);
  }
  .narrow .clip {
    flex-direction: row;
    align-items: center;
  }
  .narrow .picture {
    flex: none;
    height: 100%;
    width: clamp(112px, 38%, 160px);
  }
  .narrow .over {
    inset-block: 0;
    inset-inline-end: auto;
    width: clamp(112px, 38%, 160px);
  }
  .narrow .words {
    flex: 1;
    min-width: 0;
    height: auto;
    padding-block: 0;
  }
  @media (forced-colors: active) {
    .play {
      border: none;
    }
    .play .icon {
      border: 1px solid ButtonText;
      background: ButtonFace;
      fill: ButtonText;
    }
  }
`;
