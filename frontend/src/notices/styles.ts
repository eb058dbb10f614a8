/** Styles of notification controls, on the pages of a person and of the household. */

import { css } from "lit";

export const noticeStyles = css`
  /* Wrap the content instead of making it wider than the page. */
  .card,
  ul.rows,
  ul.rows > li {
    grid-template-columns: minmax(0, 1fr);
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: none;
  }
  legend {
    padding: 0;
    font-weight: 500;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    cursor: pointer;
  }
  .choice > span {
    flex: 1;
    min-width: 0;
  }
  .choice:has(:disabled) {
    color: var(--dw-muted);
    cursor: default;
  }
  @media not (forced-colors: active) {
    input[role="switch"] {
      appearance: none;
      position: relative;
      width: 3rem;
      height: 1.5rem;
      border: 2px solid var(--dw-border);
      border-radius: 0.75rem;
      cursor: inherit;
    }
    input[role="switch"]::before {
      content: "";
      position: absolute;
      inset-block: 3px;
      inset-inline-start: 3px;
      aspect-ratio: 1;
      border-radius: 50%;
      background: var(--dw-border);
    }
    input[role="switch"]:checked {
      border-color: transparent;
      background: var(--dw-accent);
      background-clip: border-box;
    }
    input[role="switch"]:checked::before {
      inset-inline: auto 3px;
      background: #fff;
    }
  }
  .line {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 4px 12px;
    min-height: 44px;
  }
  .line > .grow,
  .line > .choice {
    flex: 1 1 100px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  details {
    margin: 0;
  }
  summary {
    min-height: 44px;
    padding-block: 10px;
    color: var(--dw-link);
    cursor: pointer;
  }
  .levels {
    display: grid;
    grid-template-columns: minmax(88px, max-content) minmax(0, 280px);
    align-items: center;
    gap: 8px 16px;
  }
  .levels label {
    display: contents;
  }
  ul.rows {
    list-style: none;
    display: grid;
    gap: 16px;
    margin: 0;
    padding: 0;
  }
  ul.rows > li {
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  ul.rows > li > p[role="status"]:empty {
    margin-top: -8px;
  }
  ul.rows > li + li {
    padding-top: 16px;
    border-top: 1px solid var(--dw-line);
  }
  .days {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(44px, 1fr));
    gap: 2px;
    max-width: 420px;
  }
  .days button {
    min-width: 0;
    padding: 0;
    border-radius: 8px;
    overflow: hidden;
  }
  .days button[aria-pressed="true"] {
    background: var(--dw-accent);
    border-color: transparent;
    color: #fff;
  }
  .fields {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px 16px;
  }
  .fields label {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .fields .wide {
    flex: 1 1 180px;
  }
  input[type="time"] {
    font: inherit;
    color: inherit;
    min-height: 44px;
    padding: 8px 12px;
    border: 1px solid var(--dw-border);
    border-radius: 8px;
    background: var(--dw-surface);
  }
  select.short {
    width: auto;
    max-width: 100%;
    justify-self: start;
  }
  .wrong {
    position: sticky;
    top: 8px;
    z-index: 1;
  }
  @media (forced-colors: active) {
    .days button[aria-pressed="true"] {
      outline: 3px solid;
      outline-offset: -5px;
    }
  }
`;
