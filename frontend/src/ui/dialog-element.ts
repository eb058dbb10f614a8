/** A dialog with title, close button and Escape; returns the focus when it is closed. */

import { html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { query, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { dialogStyles } from "./dialog-styles.ts";
import { icon } from "./icons.ts";
import { shared } from "./styles.ts";

export abstract class DialogElement extends HomeElement {
  static override styles: CSSResultGroup = [shared, dialogStyles];

  /** The key of its title. */
  protected abstract readonly heading: string;
  /** The key of the close button's label. */
  protected readonly wayOut: string = "";
  /**
   * The layout: `tall` has title and close button in a bar, and fills the screen of a phone;
   * `question` has neither, and renders its title in its content.
   */
  protected readonly looks: "tall" | "tall wide" | "question" = "tall";
  /** Whether each step focuses the title. */
  protected readonly focusesTitle: boolean = false;
  /** Whether closing would lose changes: then it asks first. */
  protected get unsaved(): boolean {
    return false;
  }
  /** It is asking whether to discard changes. */
  @state() private leaving = false;
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  @query("dialog.leaving") private readonly inner!: HTMLDialogElement | null;

  /** Its content: an element with the class `body`, and optionally a footer. */
  protected abstract content(): TemplateResult;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected readonly close = (): void => {
    if (this.unsaved) void this.#ask();
    else this.dialog.close();
  };

  async #ask(): Promise<void> {
    this.leaving = true;
    await this.updateComplete;
    if (this.inner?.open === false) this.inner.showModal();
  }

  /**
   * A browser closes on a second Escape even if the page prevents it, unless the key is handled.
   */
  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    if (this.leaving) this.#stay();
    else this.close();
  };

  /** Other ways to close it, such as a phone's gesture. */
  readonly #cancelled = (event: Event): void => {
    if (!this.unsaved || event.target !== this.dialog) return;
    event.preventDefault();
    this.close();
  };

  readonly #stay = (): void => {
    this.inner?.close();
    this.leaving = false;
  };

  /** Close the inner dialog first, because it makes the focus in this one impossible. */
  readonly #leave = (): void => {
    this.#stay();
    this.dialog.close();
  };

  /** Called after it was closed in any way. */
  protected closed(): void {
    this.dispatchEvent(new CustomEvent("dialog-closed"));
  }

  /** `values`: for the title. */
  protected titleLine(values: Record<string, number> = {}): TemplateResult {
    return html`<h2
      id="title"
      tabindex=${this.focusesTitle ? -1 : nothing}
      ?autofocus=${this.focusesTitle}
    >
      ${this.strings.text(this.heading, values)}
    </h2>`;
  }

  protected override render(): TemplateResult {
    return html`<dialog
      class=${this.looks}
      aria-labelledby="title"
      @close=${() => this.closed()}
      @cancel=${this.#cancelled}
      @keydown=${this.#key}
    >
      ${this.looks === "question" ? nothing : this.bar()} ${this.content()}
      ${this.leaving ? this.#question() : nothing}
    </dialog>`;
  }

  #question(): TemplateResult {
    const { strings } = this;
    return html`<dialog
      class="question leaving"
      aria-labelledby="leaving"
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.#stay();
      }}
    >
      <div class="body">
        <h2 id="leaving">${strings.text("dialog.leave_title")}</h2>
        <p>${strings.text("dialog.leave_text")}</p>
      </div>
      <footer role="none">
        <button autofocus @click=${this.#stay}>${strings.text("dialog.stay")}</button>
        <button class="danger" @click=${this.#leave}>
          ${strings.text("dialog.leave")}
        </button>
      </footer>
    </dialog>`;
  }

  private bar(): TemplateResult {
    return html`<header>
      <button
        class="plain close"
        aria-label=${this.strings.text(this.wayOut)}
        title=${this.strings.text(this.wayOut)}
        @click=${this.close}
      >
        ${icon("close")}
      </button>
      ${this.titleLine()}
    </header>`;
  }
}
