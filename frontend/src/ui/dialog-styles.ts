/** Styles of dialogs, like those of Home Assistant, with its tokens if the theme has them. */

import { css } from "lit";

export const dialogStyles = css`
  dialog {
    color: inherit;
    background: var(--ha-dialog-surface-background, var(--dw-surface));
    border: none;
    border-radius: var(--ha-dialog-border-radius, var(--ha-border-radius-3xl, 24px));
    padding: 0;
    width: min(var(--ha-dialog-width-md, 580px), calc(100vw - 32px));
    max-height: var(--ha-dialog-max-height, calc(100dvh - 48px));
    overflow: hidden;
    box-shadow: var(--dialog-box-shadow, 0 12px 48px rgba(0, 0, 0, 0.4));
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  dialog::backdrop {
    background: rgba(0, 0, 0, 0.32);
    backdrop-filter: var(--ha-dialog-scrim-backdrop-filter, none);
  }
  dialog > header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 8px;
    padding-inline-end: 24px;
  }
  dialog > header h2 {
    flex: 1;
    min-width: 0;
    margin: 0;
    font-size: var(--ha-font-size-2xl, 1.5rem);
    font-weight: var(--ha-font-weight-normal, 400);
    line-height: 1.25;
  }
  dialog > .body {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 8px 24px 16px;
  }
  dialog.question > .body {
    padding-top: 20px;
  }
  dialog > footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    padding: 12px 24px calc(12px + env(safe-area-inset-bottom));
    border-top: 1px solid var(--dw-line);
  }
  dialog.question {
    width: min(420px, calc(100vw - 32px));
  }
  dialog.question h2 {
    margin: 4px 0 8px;
    font-size: 1.25rem;
    font-weight: 500;
  }
  @media (max-width: 450px), (max-height: 500px) {
    dialog.tall {
      width: 100vw;
      max-width: 100vw;
      height: 100dvh;
      max-height: 100dvh;
      margin: 0;
      border-radius: 0;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    dialog[open] {
      animation: appear 0.16s ease-out;
    }
    @keyframes appear {
      from {
        opacity: 0;
        transform: translateY(12px);
      }
    }
  }
`;
