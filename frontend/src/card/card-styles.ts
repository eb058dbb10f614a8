/** Styles of the card. */

import { css } from "lit";

export const cardStyles = css`
  :host {
    display: block;
  }
  ha-card {
    display: block;
    overflow: hidden;
  }
  .card-title {
    margin: 0;
    padding: 16px 16px 0;
    font-size: 1.25rem;
    font-weight: 500;
  }
  .content {
    display: flex;
    flex-direction: column;
    gap: 12px;
    padding: 16px;
  }
  .content > [role="status"]:not(:has(p)) {
    position: absolute;
  }
  .banner {
    margin: 0;
  }
  a.badge {
    color: inherit;
    text-decoration: none;
  }
  a.badge:hover {
    background: color-mix(in srgb, var(--dw-text) 10%, var(--dw-surface));
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .doors {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 144px), 1fr));
    gap: 12px;
  }
  /* Live ones are larger. */
  .doors:has([live]) {
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr));
  }
  ul.clips {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 144px), 1fr));
    gap: 12px;
  }
  ul.clips.list {
    grid-template-columns: 1fr;
    gap: 8px;
  }
  li {
    min-width: 0;
  }
  .state {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 8px;
    padding: 24px 12px;
    text-align: center;
  }
  .state > .icon {
    width: 2.75rem;
    height: 2.75rem;
    color: var(--dw-muted);
  }
  .state p {
    margin: 0;
    color: var(--dw-muted);
  }
  .skeletons {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr));
    gap: 12px;
    width: 100%;
  }
  .skeletons i {
    aspect-ratio: 16 / 10;
    border-radius: 12px;
    background: var(--dw-raised);
  }
  .all,
  .all-live {
    align-self: center;
  }
  @media (prefers-reduced-motion: no-preference) {
    .skeletons i {
      animation: breathe 1.6s ease-in-out infinite alternate;
    }
    @keyframes breathe {
      to {
        opacity: 0.5;
      }
    }
  }
`;
