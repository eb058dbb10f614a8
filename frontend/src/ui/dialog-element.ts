/** A dialog: its title, the way out of it, Escape, and the focus, which goes back to where it was. */

import { html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { query } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { dialogStyles } from "./dialog-styles.ts";
import { icon } from "./icons.ts";
import { shared } from "./styles.ts";

export abstract class DialogElement extends HomeElement {
  static override styles: CSSResultGroup = [shared, dialogStyles];

  /** The key of its title. */
  protected abstract readonly heading: string;
  /** The key of what the bar calls the way out. */
  protected readonly wayOut: string = "";
  /**
   * The looks: `tall` has its title and a way out in a bar, and fills the screen of a phone;
   * `question` has neither, and draws its title among its words.
   */
  protected readonly looks: "tall" | "tall wide" | "question" = "tall";
  /** Whether each step of it is read from its title on. */
  protected readonly focusesTitle: boolean = false;
  @query("dialog") private readonly dialog!: HTMLDialogElement;

  /** What is in it: something with the class `body`, then perhaps a footer. */
  protected abstract content(): TemplateResult;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected readonly close = (): void => this.dialog.close();

  /** It is closed, whichever way. */
  protected closed(): void {
    this.dispatchEvent(new CustomEvent("dialog-closed"));
  }

  protected titleLine(): TemplateResult {
    return html`<h2 id="title" tabindex=${this.focusesTitle ? -1 : nothing}>
      ${this.strings.text(this.heading)}
    </h2>`;
  }

  protected override render(): TemplateResult {
    return html`<dialog
      class=${this.looks}
      aria-labelledby="title"
      @close=${() => this.closed()}
    >
      ${this.looks === "question" ? nothing : this.bar()} ${this.content()}
    </dialog>`;
  }

  private bar(): TemplateResult {
    return html`<header>
      ${this.titleLine()}
      <button
        class="plain close"
        aria-label=${this.strings.text(this.wayOut)}
        @click=${this.close}
      >
        ${icon("close")}
      </button>
    </header>`;
  }
}
