/** Styles of a share in progress. */

import { css } from "lit";

export const shareStatusStyles = css`
  :host {
    display: block;
  }
  .banner {
    flex-wrap: wrap;
  }
  .banner.delivered .icon {
    color: var(--success-color, #2e7d32);
  }
  .grow {
    flex-basis: 180px !important;
  }
  p {
    margin: 4px 0 0;
  }
  .title {
    margin: 0;
    font-weight: 500;
  }
  .title:focus {
    outline: none;
  }
  progress {
    margin-top: 8px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-inline-start: auto;
  }
`;
