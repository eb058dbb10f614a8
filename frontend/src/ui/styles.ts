/** Styles shared by all elements: colors of the theme, buttons, fields. */

import { css } from "lit";

export const shared = css`
  :host {
    /* Dark enough for white text in light and dark themes. */
    --dw-accent: color-mix(in srgb, var(--primary-color, #009ac7) 72%, #000);
    --dw-danger: color-mix(in srgb, var(--error-color, #db4437) 82%, #000);
    --dw-text: var(--primary-text-color, #212121);
    /* Readable in light and dark themes, unlike the primary color. */
    --dw-link: color-mix(in srgb, var(--primary-color, #009ac7) 55%, var(--dw-text));
    /* Like Home Assistant's own buttons, with readable text. */
    --dw-button: var(
      --ha-color-fill-primary-normal-resting,
      color-mix(in srgb, var(--primary-color, #009ac7) 14%, var(--dw-surface))
    );
    --dw-muted: var(--secondary-text-color, #5e5e5e);
    --dw-surface: var(--card-background-color, #fff);
    --dw-hover: color-mix(in srgb, currentColor 10%, transparent);
    --dw-line: var(--divider-color, rgba(0, 0, 0, 0.14));
    --dw-raised: color-mix(in srgb, var(--dw-text) 6%, var(--dw-surface));
    --dw-border: color-mix(in srgb, var(--dw-text) 48%, var(--dw-surface));
    color: var(--dw-text);
    /* A name may be one long word. */
    overflow-wrap: break-word;
  }
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  /* English text in a right-to-left page: keep punctuation and numbers in place. */
  :host(:dir(rtl):lang(en)) {
    text-align: right;
  }
  :host(:dir(rtl):lang(en)) * {
    unicode-bidi: plaintext;
  }
  .icon {
    width: 1.375rem;
    height: 1.375rem;
    flex: none;
    fill: currentColor;
  }
  .way:dir(rtl) {
    transform: scaleX(-1);
  }
  button,
  a.button {
    box-sizing: border-box;
    font: inherit;
    color: var(--dw-link);
    text-decoration: none;
    min-width: 44px;
    min-height: 44px;
    padding: 0 16px;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    border: 1px solid transparent;
    border-radius: 22px;
    background: var(--dw-button);
    cursor: pointer;
    font-weight: 500;
    touch-action: manipulation;
  }
  /* On top of any fill, such as that of an active toggle. */
  @media (hover: hover) {
    button:hover:not(:disabled),
    a.button:hover {
      background-image: linear-gradient(var(--dw-hover), var(--dw-hover));
    }
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  button.primary,
  a.button.primary {
    background: var(--dw-accent);
    color: #fff;
  }
  button.primary,
  a.button.primary,
  button.danger {
    --dw-hover: rgba(0, 0, 0, 0.14);
  }
  button.danger {
    background: var(--dw-danger);
    color: #fff;
  }
  button.plain {
    padding: 0;
    border-radius: 50%;
    background: transparent;
    color: inherit;
  }
  :focus-visible {
    outline: 3px solid
      color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
    outline-offset: 2px;
  }
  input[type="text"],
  input[type="number"],
  input[type="password"],
  input[type="url"],
  select,
  textarea {
    font: inherit;
    color: inherit;
    width: 100%;
    min-height: 44px;
    padding: 10px 12px;
    border: 1px solid var(--dw-border);
    border-radius: 8px;
    background: var(--dw-surface);
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 1.375rem;
    height: 1.375rem;
    margin: 0;
    flex: none;
    accent-color: var(--dw-accent);
  }
  progress {
    width: 100%;
    height: 8px;
    accent-color: var(--dw-accent);
  }
  .muted {
    color: var(--dw-muted);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .banner {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 10px 12px;
    border-radius: 10px;
    background: var(--dw-raised);
  }
  @media (forced-colors: active) {
    .banner {
      border: 1px solid;
    }
  }
  .banner.problem {
    background: color-mix(in srgb, var(--error-color, #db4437) 14%, var(--dw-surface));
  }
  /* No tint besides red. */
  .banner {
    --dw-button: color-mix(in srgb, currentColor 10%, transparent);
  }
  .banner > .grow {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;
