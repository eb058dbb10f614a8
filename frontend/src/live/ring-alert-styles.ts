/** Styles of the alert when somebody rings. */

import { css } from "lit";

export const ringAlertStyles = css`
  /* Above everything, including full screen and dialogs. */
  .layer {
    inset: 0 auto auto 0;
    width: 0;
    height: 0;
    margin: 0;
    padding: 0;
    overflow: visible;
    border: none;
    background: none;
    color: inherit;
  }
  dialog {
    position: fixed;
    box-sizing: border-box;
    color: inherit;
    background: none;
    border: none;
    inset: calc(
        var(--header-height, 56px) +
          var(--safe-area-inset-top, env(safe-area-inset-top, 0px))
      )
      0 auto;
    display: flex;
    flex-direction: column;
    gap: 8px;
    height: auto;
    max-width: none;
    max-height: calc(100dvh - var(--header-height, 56px) - 16px);
    overflow-y: auto;
    width: min(592px, 100%);
    margin-inline: auto;
    /* Space for the shadow, which lets clicks through. */
    padding: 8px 16px 32px;
    pointer-events: none;
  }
  dialog::backdrop {
    background: rgba(0, 0, 0, 0.32);
  }
  section {
    flex: none;
    pointer-events: auto;
    padding: 12px;
    /* The shadow is invisible on a dark page. */
    border: 1px solid var(--dw-line);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--dw-surface);
    box-shadow: 0 4px 16px rgba(0, 0, 0, 0.45);
    /* A click at the moment of the ring was meant for the page below. */
    animation: let-through 0.6s;
  }
  @keyframes let-through {
    from,
    99% {
      pointer-events: none;
    }
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    margin-bottom: 8px;
  }
  h2 {
    flex: 1 1 7em;
    min-width: 0;
    margin: 0;
    font-size: 1.125rem;
    font-weight: 500;
  }
  h2:focus-visible {
    outline-offset: 4px;
  }
  /* Beside a clip that plays: in place of the page's title. */
  dialog.docked {
    gap: 4px;
    padding: 0 8px 16px;
  }
  .docked section {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 1px 4px;
    padding-inline-start: 12px;
  }
  .docked h2 {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    font-size: 1rem;
    line-height: 1.2;
  }
  @media (prefers-reduced-motion: no-preference) {
    section {
      animation:
        let-through 0.6s,
        drop 0.16s ease-out;
    }
    @keyframes drop {
      from {
        opacity: 0;
        transform: translateY(-12px);
      }
    }
  }
`;
