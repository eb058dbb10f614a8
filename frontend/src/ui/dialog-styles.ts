/** How dialogs look. */

import { css } from "lit";

export const dialogStyles = css`
  dialog {
    color: inherit;
    background: var(--dw-surface);
    border: none;
    border-radius: 20px;
    padding: 0;
    width: min(640px, calc(100vw - 32px));
    max-height: calc(100dvh - 48px);
    overflow: hidden;
    box-shadow: 0 12px 48px rgba(0, 0, 0, 0.4);
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  dialog::backdrop {
    background: rgba(0, 0, 0, 0.55);
  }
  dialog > header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 8px 8px 8px 20px;
    border-bottom: 1px solid var(--dw-line);
  }
  dialog > header h2 {
    flex: 1;
    margin: 0;
    font-size: 1.25rem;
    font-weight: 500;
  }
  dialog > .body {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 16px 20px;
  }
  dialog > footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    padding: 12px 20px calc(12px + env(safe-area-inset-bottom));
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
  @media (max-width: 600px) {
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
