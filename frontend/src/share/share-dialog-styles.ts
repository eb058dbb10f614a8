/** Styles of the share dialog. */

import { css } from "lit";

export const shareDialogStyles = css`
  /* The same height in each step, so that nothing moves under the pointer. */
  @media (min-width: 451px) and (min-height: 501px) {
    dialog.tall:not(:has(.blocked)) {
      height: min(840px, 100dvh - 48px);
    }
  }
  h2:focus {
    outline: none;
  }
  h3 {
    margin: 20px 0 8px;
    font-size: 1rem;
    font-weight: 600;
  }
  p {
    margin: 4px 0;
  }
  .steps {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0 24px 8px;
    font-size: 0.875rem;
  }
  .steps .line {
    display: grid;
    grid-auto-flow: column;
    gap: 4px;
  }
  .steps i {
    height: 4px;
    border-radius: 2px;
    background: var(--dw-border);
    opacity: 0.4;
  }
  .steps .done {
    background: var(--dw-accent);
    opacity: 1;
  }
  @media (forced-colors: active) {
    .steps i {
      border: 1px solid CanvasText;
    }
    .steps .done {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
  .draft {
    margin-bottom: 8px;
  }
  .which {
    font-weight: 500;
  }
  .which + p {
    margin-bottom: 8px;
  }
  .body > .button {
    margin-top: 12px;
  }
  fieldset {
    margin: 12px 0 0;
    padding: 0;
    border: none;
    min-width: 0;
  }
  legend {
    padding: 0;
    font-weight: 600;
  }
  label.choice,
  label.tick {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    padding: 8px 0;
    cursor: pointer;
  }
  label.choice {
    margin-top: 8px;
    padding: 10px 14px;
    border: 1px solid var(--dw-line);
    border-radius: 12px;
    overflow-wrap: anywhere;
  }
  label.choice:has(input:checked) {
    border-color: var(--primary-color, #009ac7);
    background: color-mix(in srgb, var(--primary-color, #009ac7) 10%, transparent);
  }
  label.choice.off {
    opacity: 0.65;
    cursor: default;
  }
  label.choice .muted,
  label.tick .muted {
    display: block;
    font-size: 0.875rem;
  }
  .host {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  label.field {
    display: block;
    margin-top: 12px;
  }
  label.field > span {
    display: block;
    margin-bottom: 4px;
  }
  .indent {
    margin-inline-start: 34px;
  }
  .range {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0 12px;
  }
  .range button {
    width: 100%;
    margin-top: 8px;
  }
  .mistake,
  .warn {
    color: color-mix(in srgb, var(--error-color, #db4437) 72%, var(--dw-text));
    font-weight: 500;
  }
  video {
    display: block;
    width: 100%;
    max-height: min(46dvh, 340px);
    background: #000;
    border-radius: 12px;
  }
  fieldset video {
    margin-top: 8px;
    aspect-ratio: auto 16 / 9;
    width: auto;
    max-width: 100%;
    height: clamp(140px, 100dvh - 640px, 240px);
    margin-inline: auto;
  }
  figure {
    margin: 0;
  }
  figcaption {
    margin-top: 6px;
    font-weight: 500;
    text-align: center;
  }
  .know ul {
    margin: 6px 0 0;
    padding-inline-start: 20px;
  }
  .know h3 {
    margin: 0;
  }
  .know {
    margin-top: 16px;
    padding: 12px 16px;
    border-radius: 12px;
    background: color-mix(
      in srgb,
      var(--warning-color, #ffa600) 16%,
      var(--dw-surface)
    );
  }
  .know li {
    margin: 4px 0;
  }
  .review .host {
    font-size: 1.125rem;
  }
  dl {
    margin: 8px 0 0;
  }
  .row {
    display: grid;
    grid-template-columns: 150px 1fr;
    gap: 2px 16px;
    padding: 8px 0;
    border-top: 1px solid var(--dw-line);
  }
  dt {
    color: var(--dw-muted);
  }
  dd {
    margin: 0;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  dd p:first-child {
    margin-top: 0;
  }
  .text {
    white-space: pre-line;
  }
  .bound {
    flex-wrap: wrap;
    margin-top: 12px;
  }
  .bound > .grow {
    flex-basis: 180px;
  }
  .request .text {
    unicode-bidi: plaintext;
    text-align: start;
  }
  pre {
    max-height: 320px;
    margin: 8px 0;
    padding: 12px;
    overflow: auto;
    border: 1px solid var(--dw-border);
    border-radius: 8px;
    background: var(--dw-raised);
    font-family: var(--code-font-family, ui-monospace, monospace);
    font-size: 0.8125rem;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  code {
    font-family: var(--code-font-family, ui-monospace, monospace);
    font-size: 0.9em;
  }
  summary {
    min-height: 44px;
    display: flex;
    align-items: center;
    cursor: pointer;
    text-decoration: underline;
  }
  .waiting {
    display: grid;
    gap: 16px;
    align-content: center;
    min-height: 180px;
    text-align: center;
  }
  .valid {
    flex: 1 1 120px;
    align-self: center;
    margin: 0;
  }
  button.share {
    min-width: 120px;
  }
  @media (max-width: 480px) {
    .row {
      grid-template-columns: 1fr;
    }
    dialog > footer > button {
      flex: 1 1 auto;
    }
    .valid {
      flex-basis: 100%;
    }
  }
`;
