/** The problems of one doorbell, where they occur, with what can be done about them. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { problemText } from "../ui/problem.ts";
import { say } from "../ui/say.ts";
import { shared } from "../ui/styles.ts";
import { problemInWords, type ProblemInWords } from "./problem-words.ts";

@customElement("doorwatch-doorbell-problems")
export class DoorbellProblems extends ActingElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
        color: inherit;
        font-size: 0.875rem;
      }
      .problem {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        padding: 8px 12px;
      }
      .text {
        display: flex;
        align-items: center;
        gap: 8px;
        flex: 1 1 14rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      /* Several tiles in a row would repeat it. */
      @container (max-width: 20rem) {
        .details {
          display: none;
        }
      }
      @container (max-width: 14rem) {
        .reconnect + a {
          display: none;
        }
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      button,
      a.button {
        background: rgba(255, 255, 255, 0.16);
        color: inherit;
      }
      [aria-disabled="true"] {
        opacity: 0.6;
      }
      :focus-visible {
        outline-color: currentColor;
        outline-offset: -3px;
      }
    `,
  ];

  @property({ attribute: false }) doorbell!: api.Doorbell;
  @property({ attribute: false }) problems: readonly api.DoorbellProblem[] = [];
  /** The problem that a command tries to solve. */
  @state() private trying: ProblemInWords["kind"] | undefined;
  /** The last attempt to connect failed. */
  @state() private stillOffline = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("doorbell");
    if (before && before.doorbell_id !== this.doorbell.doorbell_id) this.forget();
    if (!this.problems.some(({ kind }) => kind === "offline"))
      this.stillOffline = false;
  }

  private forget(): void {
    this.trying = undefined;
    this.stillOffline = false;
    this.failure = undefined;
  }

  private async reconnect(): Promise<void> {
    await this.solve("offline", "back", async (connection, id) => {
      const { connected } = await api.reconnect(connection, id);
      this.stillOffline = !connected;
      return connected;
    });
  }

  private async detect(): Promise<void> {
    await this.solve("no_motion", "detecting", async (connection, id) => {
      await api.detectMotion(connection, id);
      return true;
    });
  }

  /** Run a command; if it solved the problem, tell the person and the tile. */
  private async solve(
    kind: ProblemInWords["kind"],
    said: string,
    act: (connection: typeof this.hass.connection, id: string) => Promise<boolean>,
  ): Promise<void> {
    if (this.trying) return;
    const { doorbell_id, name } = this.doorbell;
    this.trying = kind;
    this.stillOffline = false;
    let solved = false as boolean;
    await this.attempt(async (connection) => {
      solved = await act(connection, doorbell_id);
    });
    if (doorbell_id !== this.doorbell.doorbell_id) return;
    this.trying = undefined;
    if (!solved) return;
    say(this, { text: this.strings.text(`doorbell_problem.${said}`, { name }) });
    this.dispatchEvent(new CustomEvent("problem-solved"));
  }

  protected override render(): TemplateResult {
    const { strings, failure } = this;
    // Announce only what is new.
    return html`<div role="status" aria-atomic="false">
      ${this.problems.map((one) => this.problem(one))}
      ${
        failure
          ? html`<div class="problem">
              <span class="text">${icon("alert")}${problemText(strings, failure)}</span>
            </div>`
          : nothing
      }
    </div>`;
  }

  private problem(problem: api.DoorbellProblem): TemplateResult {
    const { strings, locale, hass, doorbell } = this;
    const { kind, text, details, action, link } = problemInWords(problem, doorbell, {
      strings,
      locale,
      admin: hass.user?.is_admin ?? false,
    });
    return html`<div class="problem ${kind}">
      <span class="text">
        ${kind === "no_control" ? nothing : icon(kind === "offline" ? "offline" : "alert")}
        <span
          >${text} ${details ? html`<span class="details">${details}</span>` : nothing}
          ${kind === "offline" ? this.outcome() : nothing}</span
        >
      </span>
      ${
        action || link
          ? html`<span class="buttons">
              ${action ? this.button(kind, action) : nothing}
              ${
                link
                  ? html`<a class="button" href=${link.href} aria-label=${link.label}
                      >${link.words}</a
                    >`
                  : nothing
              }
            </span>`
          : nothing
      }
    </div>`;
  }

  private outcome(): TemplateResult | typeof nothing {
    return this.stillOffline
      ? html`<strong>${this.strings.text("doorbell_problem.still_offline")}</strong>`
      : nothing;
  }

  private button(
    kind: ProblemInWords["kind"],
    action: "reconnect" | "detect",
  ): TemplateResult {
    const { strings, doorbell, trying } = this;
    const words = strings.text(
      `doorbell_problem.${trying === kind ? "trying" : action}`,
    );
    return html`<button
      class=${action}
      aria-label=${strings.text("live.of", { what: words, name: doorbell.name })}
      aria-disabled=${trying !== undefined}
      ?disabled=${!this.hass.connected}
      @click=${() => void (action === "detect" ? this.detect() : this.reconnect())}
    >
      ${words}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-doorbell-problems": DoorbellProblems;
  }
  interface HTMLElementEventMap {
    /** A command solved a problem, whose button disappears. */
    "problem-solved": CustomEvent;
  }
}
