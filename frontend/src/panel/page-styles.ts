/** Styles shared by the panel's pages. */

import { css } from "lit";

export const pageStyles = css`
  :host {
    display: block;
    max-width: 840px;
    margin-inline: auto;
    padding: 16px 16px 32px;
    line-height: 1.4;
  }
  /* The panel's header shows the same text. */
  h1 {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
    outline: none;
  }
  h2 {
    margin: 24px 0 8px;
    font-size: 1.125rem;
    font-weight: 500;
    outline: none;
  }
  /* No margin at the top of a page. */
  h1:not(.shown) + h2,
  h1:not(.shown) + .columns > :first-child > h2:first-child {
    margin-top: 4px;
  }
  h3,
  h4 {
    margin: 0;
    font-size: 1rem;
    font-weight: 500;
  }
  p {
    margin: 0 0 12px;
    max-width: 72ch;
  }
  a:not(.button) {
    color: var(--dw-link);
    text-underline-offset: 3px;
  }
  ul.cards {
    list-style: none;
    margin: 0 0 16px;
    padding: 0;
    display: grid;
    gap: 12px;
  }
  .card {
    display: grid;
    gap: 8px;
    padding: 16px;
    border: 1px solid var(--dw-line);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--dw-surface);
    overflow-wrap: anywhere;
  }
  .card p {
    margin: 0;
  }
  .card.one-line {
    grid-template-columns: 1fr auto;
    align-items: center;
    gap: 4px 16px;
  }
  p.sign {
    display: flex;
    align-items: start;
    gap: 8px;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  code {
    font-size: 0.875rem;
    word-spacing: 4px;
    overflow-wrap: anywhere;
  }
  .empty {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    justify-items: center;
    gap: 12px;
    padding: 48px 16px;
    text-align: center;
    overflow-wrap: anywhere;
  }
  .empty > .icon {
    width: 2.75rem;
    height: 2.75rem;
    color: var(--dw-muted);
  }
  .empty p {
    margin: 0;
  }
  dl {
    display: grid;
    grid-template-columns: minmax(120px, max-content) 1fr;
    gap: 4px 16px;
    margin: 0;
  }
  dt {
    color: var(--dw-muted);
  }
  dd {
    margin: 0;
  }
  @media (max-width: 460px) {
    .card.one-line {
      grid-template-columns: 1fr;
    }
    dl {
      grid-template-columns: 1fr;
      gap: 0;
    }
    dd {
      margin-bottom: 8px;
    }
  }
`;
