/** The question before a clip is deleted. Keeping it is the easier answer. */

import { html, nothing, type TemplateResult } from "lit";
import type { Clip } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";

interface Context {
  strings: Strings;
  clip: Clip;
  what: string;
  keep: () => void;
  remove: () => void;
  closed: () => void;
}

export function renderDeleteQuestion(context: Context): TemplateResult {
  const { strings, clip } = context;
  return html`<dialog
    id="delete"
    aria-labelledby="delete-title"
    @close=${context.closed}
  >
    <div class="body">
      <h2 id="delete-title">${strings.text("delete.title")}</h2>
      <p>${context.what}</p>
      ${
        clip.protected
          ? html`<p><strong>${strings.text("delete.protected")}</strong></p>`
          : nothing
      }
      <p class="muted">${strings.text("delete.final")}</p>
    </div>
    <footer>
      <button autofocus @click=${context.keep}>${strings.text("delete.cancel")}</button>
      <button class="danger" @click=${context.remove}>
        ${strings.text("delete.confirm")}
      </button>
    </footer>
  </dialog>`;
}
