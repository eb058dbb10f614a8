/** How the card looks. */

import { css } from "lit";

export const cardStyles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  ha-card {
    display: block;
    /* Not hidden: that would keep the word at the foot out of sight. */
    overflow: clip;
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
  .banners:not(:has(p)) {
    display: none;
  }
  .banner {
    margin: 0 0 8px;
  }
  .banners .banner:last-child,
  .proposal:last-child {
    margin-bottom: 0;
  }
  doorwatch-share-status + doorwatch-share-status {
    margin-top: 8px;
  }
  .proposal {
    flex-wrap: wrap;
  }
  .proposal > .grow {
    flex-basis: 200px;
  }
  .proposal .muted {
    display: block;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-inline-start: auto;
  }
  .toolbar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
  }
  .filter {
    flex: 1 1 120px;
    max-width: 220px;
    min-width: 0;
  }
  .tools {
    display: flex;
    gap: 8px;
  }
  .tool {
    padding: 0;
    border-radius: 22px;
  }
  .tool .label {
    display: none;
  }
  @container (min-width: 640px) {
    .tool {
      padding: 0 16px 0 12px;
    }
    .tool .label {
      display: inline;
    }
  }
  .day h3 {
    margin: 0 0 8px;
    font-size: 0.9375rem;
    font-weight: 600;
    color: var(--dw-muted);
  }
  ul.clips {
    list-style: none;
    margin: 0;
    padding: 0;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr));
    gap: 12px;
  }
  ul.clips.list {
    grid-template-columns: 1fr;
    gap: 8px;
  }
  li {
    min-width: 0;
  }
  li.playing {
    grid-column: 1 / -1;
    max-width: 960px;
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
    width: 44px;
    height: 44px;
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
  .older {
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
