/** Styles of the player's controls. */

import { css } from "lit";

export const playerControlsStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    padding: 0 4px;
    background: #000;
    color: #fff;
  }
  .whole {
    display: grid;
    grid-template-columns: 1fr auto;
    align-items: center;
    /* Time runs from left to right in every language, as in players. */
    direction: ltr;
  }
  .line,
  .buttons {
    display: flex;
    align-items: center;
  }
  .line {
    grid-area: 1 / 1 / auto / span 2;
    gap: 12px;
    padding: 0 10px;
  }
  .time {
    flex: none;
    min-width: 2.5em;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }
  .time:last-child {
    text-align: end;
  }
  doorwatch-scrub-bar {
    flex: 1;
    min-width: 0;
  }
  select {
    width: auto;
    padding: 0 2px;
    border: none;
    border-radius: 22px;
    background: #000;
    color: #fff;
    font-weight: 500;
    text-align: center;
    cursor: pointer;
  }
  :focus-visible {
    outline-color: #fff;
    outline-offset: -3px;
  }
  @container (max-width: 339px) {
    .buttons {
      grid-column: 1 / span 2;
      justify-content: space-between;
    }
  }
  /* One line if it is wide enough. */
  @container (min-width: 480px) {
    .whole {
      grid-template-columns: auto 1fr auto;
    }
    .line {
      grid-area: 1 / 2;
    }
    .buttons {
      grid-row: 1;
    }
  }
  @container (min-width: 480px) and (max-width: 600px) {
    .time:last-child {
      display: none;
    }
  }
`;
