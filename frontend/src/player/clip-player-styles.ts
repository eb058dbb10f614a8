/** Styles of the clip player. */

import { css } from "lit";

export const clipPlayerStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    border-radius: var(--ha-card-border-radius, 12px);
    background: #000;
    color: #fff;
  }
  .screen {
    display: grid;
    width: 100%;
    aspect-ratio: var(--ratio, 16 / 9);
    max-height: max(135px, var(--most, 100dvh));
    overflow: hidden;
    border-start-start-radius: inherit;
    border-start-end-radius: inherit;
  }
  :host([offering]) .screen {
    aspect-ratio: auto;
    max-height: none;
    min-height: calc(100cqw / (var(--ratio, 16 / 9)));
    border-radius: inherit;
  }
  .screen > * {
    grid-area: 1 / 1;
    min-width: 0;
    min-height: 0;
  }
  doorwatch-thumbnail,
  video {
    width: 100%;
    height: 100%;
  }
  video {
    display: block;
    object-fit: contain;
    /* The thumbnail shows behind it until the video has a frame. */
    background: transparent;
  }
  .above {
    z-index: 1;
    pointer-events: none;
  }
  .failure,
  .note {
    z-index: 2;
  }
  doorwatch-player-controls {
    position: relative;
    z-index: 3;
    display: block;
    min-height: 88px;
    border-end-start-radius: inherit;
    border-end-end-radius: inherit;
  }
  @container (min-width: 480px) {
    doorwatch-player-controls {
      min-height: 44px;
    }
  }
  .paused {
    place-self: center;
    display: grid;
    place-items: center;
    width: 64px;
    height: 64px;
    border-radius: 50%;
    background: rgba(0, 0, 0, 0.6);
    pointer-events: none;
  }
  .paused .icon {
    width: 36px;
    height: 36px;
  }
  :host(:fullscreen) {
    display: flex;
    flex-direction: column;
    border-radius: 0;
  }
  :host(:fullscreen) .screen {
    flex: 1;
    min-height: 0;
    max-height: none;
    aspect-ratio: auto;
  }
  p.failure {
    align-self: end;
    margin: 0;
    padding: 8px 12px;
    background: rgba(0, 0, 0, 0.75);
  }
  .note {
    place-self: start;
    margin: 8px;
    padding: 4px 10px;
    border-radius: 10px;
    background: rgba(0, 0, 0, 0.68);
    font-size: 0.8125rem;
    pointer-events: none;
  }
  .offer {
    position: relative;
    min-height: min-content;
    display: flex;
    flex-direction: column;
    justify-content: center;
    align-items: center;
    gap: 8px;
    padding: 16px;
    text-align: center;
    background: rgba(0, 0, 0, 0.8);
  }
  .offer p {
    margin: 0;
    max-width: 52ch;
    color: #e4e4e8;
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
    background: transparent;
    color: inherit;
  }
  .offer button:not(.primary):hover:not(:disabled) {
    background: rgba(255, 255, 255, 0.14);
  }
  .offer .wrong {
    color: #ffb4ab;
  }
`;
