/** Styles of covered areas, in addition to those of drawing areas. */

import { css } from "lit";

export const coverStyles = css`
  .stage {
    margin: 12px max(4px, (100% - 32dvh * var(--shape, 1.78)) / 2) 12px;
  }
  rect {
    fill: #000;
    stroke: #fff;
    stroke-width: 2;
    vector-effect: non-scaling-stroke;
  }
  rect.later {
    fill: rgba(0, 0, 0, 0.35);
    stroke-dasharray: 6 4;
  }
  rect.selected {
    stroke: #ffc400;
    stroke-width: 3;
  }
  button.all {
    position: absolute;
    min-width: 0;
    min-height: 0;
    padding: 0;
    border: none;
    border-radius: 0;
    background: transparent;
    color: #fff;
    overflow: hidden;
    touch-action: none;
    cursor: move;
  }
  button.all:hover:not(:disabled) {
    background: transparent;
  }
  button.all:focus-visible {
    outline-color: #ffc400;
    outline-offset: -6px;
  }
  .moment {
    display: block;
  }
  input[type="range"] {
    width: 100%;
    min-height: 44px;
    margin: 0;
    accent-color: var(--dw-accent);
  }
  .when {
    margin: 12px 0;
    padding: 8px 14px;
    border-radius: 12px;
    background: var(--dw-raised);
  }
  .tick {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    cursor: pointer;
  }
  .times {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0 12px;
    padding-bottom: 8px;
  }
  .times label {
    display: block;
  }
  .times button {
    width: 100%;
    margin-top: 8px;
    padding: 0 8px;
  }
  .mistake {
    color: color-mix(in srgb, var(--error-color, #db4437) 72%, var(--dw-text));
    font-weight: 500;
  }
`;
