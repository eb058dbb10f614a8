/** Styles of the dialog that draws areas. */

import { css } from "lit";

export const areasStyles = css`
  dialog.wide {
    width: min(820px, calc(100vw - 32px));
  }
  @media (max-width: 600px) {
    dialog.wide {
      width: 100vw;
    }
  }
  p {
    margin: 0 0 12px;
  }
  .stage {
    position: relative;
    /* Handles at the image's edges extend beyond it. */
    margin: 0 max(4px, (100% - (100dvh - 430px) * 16 / 9) / 2) 8px;
    min-height: 120px;
    background: #1c1c1e;
    touch-action: none;
    user-select: none;
    cursor: crosshair;
  }
  img {
    display: block;
    width: 100%;
    height: auto;
  }
  .no-picture {
    aspect-ratio: 16 / 9;
    display: grid;
    place-items: center;
    margin: 0;
    padding: 16px;
    text-align: center;
    color: #fff;
  }
  svg {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  svg.icon {
    position: static;
    width: 22px;
    height: 22px;
  }
  polygon {
    fill: rgba(255, 255, 255, 0.2);
    stroke: #fff;
    stroke-width: 2;
    vector-effect: non-scaling-stroke;
    paint-order: stroke;
    filter: drop-shadow(0 0 1px #000);
  }
  polygon.selected {
    fill: rgba(255, 196, 0, 0.28);
    stroke: #ffc400;
    stroke-width: 3;
  }
  button.handle {
    position: absolute;
    width: 44px;
    height: 44px;
    padding: 0;
    border: none;
    border-radius: 50%;
    background: transparent;
    translate: -50% -50%;
    touch-action: none;
    cursor: move;
  }
  button.handle:hover:not(:disabled) {
    background: transparent;
  }
  button.handle i {
    width: 14px;
    height: 14px;
    border-radius: 50%;
    background: #fff;
    border: 2px solid #000;
  }
  button.handle.mine {
    z-index: 1;
  }
  button.handle.mine i {
    background: #ffc400;
  }
  button.handle.selected i {
    width: 20px;
    height: 20px;
  }
  button.handle:focus-visible {
    outline-color: #ffc400;
    outline-offset: -6px;
  }
  .state {
    margin: 12px 0 8px;
    font-weight: 500;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-bottom: 12px;
  }
  .small {
    font-size: 0.875rem;
  }
  .keyboard {
    display: none;
  }
  @media (hover: hover) and (pointer: fine) {
    .keyboard {
      display: block;
    }
  }
  @media (max-width: 600px) {
    .stage {
      margin-inline: 4px;
    }
    .buttons {
      display: grid;
      grid-template-columns: 1fr 1fr;
    }
    .buttons button {
      padding: 0 8px;
      line-height: 1.2;
    }
  }
`;
