/** Styles of the full-screen view. */

import { css } from "lit";

export const wallStyles = css`
  dialog {
    /* Black in each theme: it is on all night. */
    --primary-text-color: #fff;
    --secondary-text-color: #c8c8c8;
    --card-background-color: #1c1c1e;
    --dw-text: #fff;
    --dw-muted: #c8c8c8;
    --dw-surface: #1c1c1e;
    --dw-link: #fff;
    --dw-button: #3a3a3c;
    position: fixed;
    inset: 0;
    display: flex;
    flex-direction: column;
    gap: 12px;
    width: 100%;
    height: 100%;
    max-width: none;
    max-height: none;
    margin: 0;
    padding: 12px;
    padding-top: max(12px, env(safe-area-inset-top, 0px));
    overflow-y: auto;
    border: none;
    color: #fff;
    background: #000;
  }
  dialog:focus-visible {
    outline: none;
  }
  .bar {
    flex: none;
    display: flex;
    align-items: center;
    gap: 12px;
  }
  h1 {
    flex: 1;
    min-width: 0;
    margin: 0;
    font-size: 1.5rem;
    font-weight: 500;
  }
  .grid {
    --columns: var(--more);
    --rows: var(--fewer);
    /* The bar, and the space around it. */
    --around: 100px;
    flex: 1;
    display: grid;
    grid-template-columns: repeat(var(--columns), 1fr);
    gap: 12px;
    align-content: center;
    width: min(100%, (100dvh - var(--around)) * var(--columns) / var(--rows) * 16 / 9);
    margin-inline: auto;
  }
  /* Also the controls of live view. */
  .grid:has([live]) {
    --around: 220px;
  }
  @media (orientation: portrait) {
    .grid {
      --columns: var(--fewer);
      --rows: var(--more);
    }
  }
  .hint {
    flex: none;
    margin: 0;
    color: var(--dw-muted);
    text-align: center;
  }
  .dim > * {
    opacity: 0.3;
  }
  @media (prefers-reduced-motion: no-preference) {
    dialog > * {
      transition: opacity 0.4s;
    }
  }
`;
