/** Styles of a doorbell's tile, still and live. */

import { css } from "lit";

export const stillStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    color: #fff;
  }
  .tile {
    overflow: hidden;
    border-radius: var(--ha-card-border-radius, 12px);
    background: #1c1c1e;
  }
  .frame {
    position: relative;
    width: 100%;
    height: var(--frame-height, auto);
    aspect-ratio: 16 / 9;
    overflow: hidden;
  }
  .picture {
    display: grid;
    place-items: center;
    width: 100%;
    height: 100%;
    padding: 0;
    border: none;
    border-radius: inherit;
    outline-offset: -4px;
    color: inherit;
    text-align: center;
  }
  .picture img {
    width: 100%;
    height: 100%;
    object-fit: cover;
  }
  .picture > * {
    grid-area: 1 / 1;
  }
  .picture .words {
    position: relative;
    display: inline-flex;
    align-items: center;
    gap: 8px;
    max-width: calc(100% - 16px);
    padding: 4px 12px;
    border-radius: 16px;
    background: rgba(0, 0, 0, 0.72);
  }
  .away img {
    filter: grayscale(1) brightness(0.65);
  }
  .live .picture img {
    object-fit: contain;
  }
  doorwatch-live-view {
    position: absolute;
    inset: 0;
  }
  .foot {
    position: absolute;
    inset: auto 0 0;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 24px 12px 8px;
    background: linear-gradient(transparent, rgba(0, 0, 0, 0.8));
    pointer-events: none;
  }
  .name {
    flex: 1;
    min-width: 0;
    font-weight: 500;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  button {
    background: transparent;
    color: #fff;
  }
  .foot button {
    pointer-events: auto;
    background: rgba(0, 0, 0, 0.62);
  }
  .foot button:hover:not(:disabled) {
    background: rgba(0, 0, 0, 0.85);
  }
  :focus-visible {
    outline-color: #fff;
    outline-offset: -3px;
  }
  .sign {
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 4px 10px;
    border-radius: 14px;
    background: rgba(0, 0, 0, 0.72);
    font-variant-numeric: tabular-nums;
  }
  /* Not in the corner where cameras write the time, in any text direction. */
  .recording {
    position: absolute;
    top: 8px;
    right: 8px;
    pointer-events: none;
  }
  .sign i {
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: #ff5449;
    forced-color-adjust: none;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px;
    padding: 4px 8px;
  }
  .bar .space {
    flex: 1;
  }
  doorwatch-talk {
    padding: 0 8px 8px;
  }
  .note {
    margin: 0;
    padding: 8px 12px;
    font-size: 0.875rem;
  }
  .note.problem,
  .said {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .said {
    flex: 1 1 14rem;
    flex-wrap: nowrap;
  }
  .again {
    background: rgba(255, 255, 255, 0.16);
  }
  .tile:fullscreen {
    display: flex;
    flex-direction: column;
    border-radius: 0;
    background: #000;
  }
  .tile:fullscreen .frame {
    flex: 1;
    min-height: 0;
    aspect-ratio: auto;
  }
  /* In narrow tiles, buttons only show their icons. */
  @container (max-width: 18rem) {
    .foot {
      padding: 24px 4px 4px 10px;
    }
    .foot button {
      padding: 0;
    }
    .picture .words {
      font-size: 0.8125rem;
    }
    .picture .words .icon {
      display: none;
    }
    .foot button .words,
    .recording [role="status"] {
      position: absolute;
      width: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .recording i {
      animation: breathe 1s ease-in-out infinite alternate;
    }
    @keyframes breathe {
      to {
        opacity: 0.3;
      }
    }
  }
`;
