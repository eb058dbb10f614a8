/** Styles of the panel's frame, like Home Assistant's own pages. */

import { css } from "lit";

export const panelStyles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    height: 100vh;
    height: 100dvh;
    background: var(--primary-background-color, #fafafa);
    font-family: var(--ha-font-family-body, Roboto, system-ui, sans-serif);
  }
  .skip {
    position: absolute;
    inset-block-start: calc(6px + env(safe-area-inset-top, 0px));
    inset-inline-start: 8px;
    z-index: 1;
    display: flex;
    align-items: center;
    min-height: 44px;
    padding: 0 16px;
    border-radius: 22px;
    background: var(--dw-surface);
    color: var(--dw-link);
    font-weight: 500;
  }
  .skip:not(:focus) {
    clip-path: inset(50%);
    pointer-events: none;
  }
  header {
    flex: none;
    display: flex;
    align-items: center;
    gap: 4px;
    min-height: var(--header-height, 56px);
    padding: var(--safe-area-inset-top, env(safe-area-inset-top)) 8px 0;
    background: var(--app-header-background-color, var(--dw-accent));
    color: var(--app-header-text-color, #fff);
    border-bottom: var(--app-header-border-bottom, none);
  }
  header .title {
    flex: 1;
    min-width: 0;
    margin: 0;
    padding-inline-start: 8px;
    font-size: var(--ha-font-size-xl, 1.25rem);
    font-weight: 400;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  /* Home Assistant's menu button takes no space if the sidebar is always visible. */
  :host(:not([narrow])) .title.today {
    padding-inline-start: 24px;
  }
  header button.plain:hover:not(:disabled) {
    background: color-mix(in srgb, currentColor 12%, transparent);
  }
  header :focus-visible {
    outline-color: currentColor;
    outline-offset: -3px;
  }
  main {
    flex: 1;
    min-height: 0;
    position: relative;
  }
  /* Focused for screen readers only. */
  main:focus-visible {
    outline: none;
  }
  .page {
    /* Visually hidden elements scroll along, and do not extend the page. */
    position: relative;
    height: 100%;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding-bottom: var(--safe-area-inset-bottom, env(safe-area-inset-bottom));
  }
  .menu {
    position: fixed;
    inset: calc(
        var(--header-height, 56px) - 4px +
          var(--safe-area-inset-top, env(safe-area-inset-top, 0px))
      )
      8px auto auto;
    margin: 0;
    padding: 8px 0;
    min-width: 200px;
    border: none;
    border-radius: 12px;
    background: var(--dw-surface);
    color: var(--dw-text);
    box-shadow: 0 4px 20px rgba(0, 0, 0, 0.35);
  }
  :host(:dir(rtl)) .menu {
    inset-inline: auto 8px;
  }
  .menu a {
    display: flex;
    align-items: center;
    gap: 16px;
    min-height: 48px;
    padding: 0 20px;
    color: inherit;
    text-decoration: none;
  }
  .menu .count {
    margin-inline-start: auto;
    padding: 2px 10px;
    border: 1px solid transparent;
    border-radius: 12px;
    background: var(--dw-accent);
    color: #fff;
    font-size: 0.8125rem;
  }
  .menu a:hover {
    background: var(--dw-raised);
  }
  .menu a:focus-visible {
    outline-offset: -3px;
  }
  doorwatch-snackbar {
    position: fixed;
    inset-block-end: calc(8px + env(safe-area-inset-bottom, 0px));
    inset-inline: auto 8px;
    width: min(480px, calc(100% - 16px));
  }
  .unknown {
    padding: 48px 16px;
    text-align: center;
  }
  .unknown h1 {
    margin: 0 0 12px;
    font-size: 1.125rem;
    font-weight: 500;
  }
`;
