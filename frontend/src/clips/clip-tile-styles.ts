/** How a clip looks. */

import { css } from "lit";

export const clipTileStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  article {
    display: flex;
    flex-direction: column;
    height: 100%;
    border-radius: 12px;
    overflow: hidden;
    background: var(--dw-raised);
  }
  .media {
    position: relative;
    aspect-ratio: 16 / 9;
    flex: none;
  }
  button.picture {
    width: 100%;
    height: 100%;
    padding: 0;
    border: none;
    border-radius: 0;
    overflow: hidden;
    background: #1c1c1e;
    color: #fff;
    outline-offset: -4px;
  }
  doorwatch-thumbnail,
  video {
    width: 100%;
    height: 100%;
    display: block;
    object-fit: cover;
    background: #000;
  }
  video {
    object-fit: contain;
  }
  .play {
    position: absolute;
    inset: 0;
    margin: auto;
    width: 52px;
    height: 52px;
    display: grid;
    place-items: center;
    border-radius: 50%;
    background: rgba(0, 0, 0, 0.55);
  }
  .play .icon {
    width: 32px;
    height: 32px;
  }
  .length,
  .kind {
    position: absolute;
    padding: 2px 8px;
    border-radius: 10px;
    background: rgba(0, 0, 0, 0.68);
    color: #fff;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  .length {
    inset-block-end: 8px;
    inset-inline-end: 8px;
  }
  .kind {
    inset-block-start: 8px;
    inset-inline-start: 8px;
    display: flex;
    align-items: center;
    gap: 4px;
  }
  .kind.ring {
    background: var(--dw-accent);
  }
  .kind .icon {
    width: 16px;
    height: 16px;
  }
  .stop {
    position: absolute;
    inset-block-start: 6px;
    inset-inline-end: 6px;
    background: rgba(0, 0, 0, 0.6) !important;
    color: #fff;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 4px;
    padding: 4px 6px 4px 12px;
    flex: 1;
  }
  .words {
    flex: 1 1 84px;
    min-width: 0;
    padding: 4px 0;
    line-height: 1.3;
  }
  .time {
    font-weight: 500;
    font-variant-numeric: tabular-nums;
  }
  .words .muted {
    display: block;
    font-size: 0.8125rem;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .actions {
    display: flex;
    margin-inline-start: auto;
  }
  button.on {
    color: color-mix(in srgb, var(--primary-color, #009ac7) 45%, var(--dw-text));
    background: color-mix(in srgb, var(--primary-color, #009ac7) 22%, transparent);
  }
  p.failure {
    position: absolute;
    inset: auto 0 0;
    margin: 0;
    padding: 8px 12px;
    background: rgba(0, 0, 0, 0.75);
    color: #fff;
  }
  :host([list]) article:not(.playing) {
    display: grid;
    grid-template-columns: clamp(112px, 34%, 200px) 1fr;
    align-items: center;
  }
  :host([list]) article:not(.playing) .media {
    align-self: stretch;
    min-height: 80px;
    aspect-ratio: auto;
  }
  :host([list]) .play {
    width: 36px;
    height: 36px;
  }
  :host([list]) .play .icon {
    width: 22px;
    height: 22px;
  }
  :host([list]) .kind,
  :host([list]) .length {
    inset-block: auto 4px;
    font-size: 0.75rem;
  }
  :host([list]) .kind {
    inset-block: 4px auto;
  }
  .offer {
    min-height: 240px;
    display: flex;
    flex-direction: column;
    justify-content: center;
    align-items: center;
    gap: 8px;
    padding: 16px 48px;
    text-align: center;
    background: #000;
    color: #fff;
  }
  .offer p {
    margin: 0;
    max-width: 52ch;
    color: #d0d0d4;
    font-size: 0.875rem;
  }
  .offer progress {
    max-width: 320px;
  }
  .offer .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
  }
  .offer button:not(.primary) {
    border-color: rgba(255, 255, 255, 0.6);
  }
  .offer button:not(.primary):hover:not(:disabled) {
    background: rgba(255, 255, 255, 0.14);
  }
  .offer .wrong {
    color: #ffb4ab;
  }
  .media.offering {
    aspect-ratio: auto;
  }
  .words .warning {
    display: flex;
    gap: 4px;
    font-size: 0.8125rem;
    color: var(--dw-text);
  }
  .warning .icon {
    width: 16px;
    height: 16px;
    margin-top: 1px;
    color: color-mix(in srgb, var(--warning-color, #ffa600) 70%, var(--dw-text));
  }
`;
