/** Asks before a delivered clip is withdrawn, and explains what withdrawing cannot do. */

import { html, nothing, type TemplateResult } from "lit";
import type { Share } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";

interface Context {
  strings: Strings;
  share: Share;
  /** Undefined until the home asks for it: the share of another person requires the PIN. */
  pin: string | undefined;
  change: (pin: string) => void;
  leave: () => void;
  withdraw: () => void;
}

export function renderWithdrawQuestion(context: Context): TemplateResult {
  const { strings, share } = context;
  return html`<div class="question" role="group" aria-labelledby="withdraw-title">
    <p id="withdraw-title">
      <strong
        >${strings.text("shares.withdraw_title", { agency: share.agency_name })}</strong
      >
    </p>
    <p>${strings.text("shares.withdraw_asks")}</p>
    <p>${strings.text("shares.withdraw_copies")}</p>
    ${
      context.pin === undefined
        ? nothing
        : html`<label class="field">
            <span>${strings.text("share.pin")}</span>
            <input
              name="pin"
              type="password"
              maxlength="64"
              autocomplete="off"
              .value=${context.pin}
              @input=${(event: Event) => context.change((event.target as HTMLInputElement).value)}
            />
          </label>`
    }
    <button class="leave" @click=${context.leave}>
      ${strings.text("shares.withdraw_cancel")}
    </button>
    <button class="danger" @click=${context.withdraw}>
      ${strings.text("shares.withdraw_confirm")}
    </button>
  </div>`;
}
