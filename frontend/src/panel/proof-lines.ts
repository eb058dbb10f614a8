/** The ledger's lines about agencies, and deletion of personal details. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/commands.ts";
import * as proofApi from "../api/proof.ts";
import { dateTime } from "../i18n/format.ts";
import { detailName, lineText, lineTime } from "../share/ledger-words.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { pageStyles } from "./page-styles.ts";

const PAGE = 20;

@customElement("doorwatch-proof-lines")
export class ProofLines extends ActingElement {
  static override readonly styles = [
    shared,
    pageStyles,
    css`
      :host {
        padding: 0;
        max-width: none;
      }
      label {
        display: block;
        margin-bottom: 4px;
      }
      select {
        max-width: 400px;
      }
    `,
  ];

  @property({ attribute: false }) agencies: readonly {
    agency_id: string;
    name: string;
  }[] = [];
  @state() private only = "";
  @state() private lines: api.TransparencyLine[] | undefined;
  @state() private more = false;
  /** The line whose details are about to be deleted, after a confirmation. */
  @state() private asking: number | undefined;
  private round = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.load());
  }

  private async load(before?: number): Promise<void> {
    this.round += 1;
    const { round } = this;
    await this.attempt(async (connection) => {
      const found = await proofApi.transparencyLines(connection, {
        limit: PAGE,
        ...(this.only ? { agency_id: this.only } : {}),
        ...(before ? { before } : {}),
      });
      // Another agency was selected meanwhile.
      if (round !== this.round) return;
      this.lines = before ? [...(this.lines ?? []), ...found] : found;
      this.more = found.length === PAGE;
    });
  }

  private readonly choose = (event: Event): void => {
    this.only = (event.target as HTMLSelectElement).value;
    this.asking = undefined;
    void this.load();
  };

  private async ask(seq: number): Promise<void> {
    this.asking = seq;
    await this.focusOn(".leave");
  }

  private async leave(seq: number): Promise<void> {
    this.asking = undefined;
    await this.focusOn(`[data-line="${seq}"] button`);
  }

  private async forget(seq: number): Promise<void> {
    this.asking = undefined;
    await this.attempt(async (connection) => {
      await proofApi.forgetPersonal(connection, seq);
      this.lines = this.lines?.map((line) =>
        line.seq === seq ? { ...line, personal: {} } : line,
      );
    });
    await this.focusOn(`[data-line="${seq}"]`);
  }

  private agencyOf({ data }: api.TransparencyLine): string {
    const id = data["agency_id"];
    return (
      this.agencies.find((one) => one.agency_id === id)?.name ??
      this.strings.text("page.proof.removed")
    );
  }

  protected override render(): TemplateResult {
    const { strings, lines } = this;
    return html`<h2 id="title">${strings.text("page.proof.lines")}</h2>
      ${
        this.agencies.length > 1
          ? html`<p>
              <label for="agency">${strings.text("page.proof.which")}</label>
              <select id="agency" @change=${this.choose}>
                <option value="">${strings.text("page.proof.all_agencies")}</option>
                ${this.agencies.map(
                  (one) => html`<option value=${one.agency_id}>${one.name}</option>`,
                )}
              </select>
            </p>`
          : nothing
      }
      ${renderProblem(strings, this.failure)}
      ${
        lines?.length === 0
          ? html`<p class="muted">${strings.text("page.proof.no_lines")}</p>`
          : html`<ul class="cards" aria-labelledby="title">
              ${repeat(
                lines ?? [],
                ({ seq }) => seq,
                (line) => this.line(line),
              )}
            </ul>`
      }
      ${
        this.more
          ? html`<button
              ?disabled=${!this.hass.connected}
              @click=${() => void this.load(lines?.at(-1)?.seq)}
            >
              ${strings.text("page.proof.older")}
            </button>`
          : nothing
      }`;
  }

  private line(line: api.TransparencyLine): TemplateResult {
    const { strings } = this;
    const at = dateTime(lineTime(line), this.hass.config.time_zone, this.locale);
    const personal = Object.entries(line.personal);
    const { clip_id } = line.data;
    return html`<li class="card" data-line=${line.seq} tabindex="-1">
      <p>${lineText(strings, line, this.agencyOf(line))}</p>
      <p class="muted">${strings.text("page.proof.at", { time: at, seq: line.seq })}</p>
      ${
        typeof clip_id === "string"
          ? html`<p>
              <a
                href="/doorwatch/clip/${encodeURIComponent(clip_id)}"
                aria-label=${strings.text("page.proof.clip_label", { seq: line.seq })}
                >${strings.text("page.proof.clip")}</a
              >
            </p>`
          : nothing
      }
      ${
        personal.length > 0
          ? html`<dl>
                ${personal.map(
                  ([name, value]) =>
                    html`<dt>${detailName(strings, name)}</dt>
                      <dd>${value}</dd>`,
                )}
              </dl>
              ${this.asking === line.seq ? this.question(line.seq) : this.forgetButton(line.seq)}`
          : line.had_personal
            ? html`<p class="muted">${strings.text("page.proof.forgotten")}</p>`
            : nothing
      }
    </li>`;
  }

  private forgetButton(seq: number): TemplateResult {
    const { strings } = this;
    return html`<div class="buttons">
      <button
        ?disabled=${!this.hass.connected}
        aria-label=${strings.text("page.proof.forget_label", { seq })}
        @click=${() => void this.ask(seq)}
      >
        ${strings.text("page.proof.forget")}
      </button>
    </div>`;
  }

  private question(seq: number): TemplateResult {
    const { strings } = this;
    return html`<div role="group" aria-label=${strings.text("page.proof.forget")}>
      <p>${strings.text("page.proof.forget_hint")}</p>
      <div class="buttons">
        <button class="leave" @click=${() => void this.leave(seq)}>
          ${strings.text("page.proof.keep")}
        </button>
        <button class="danger" @click=${() => void this.forget(seq)}>
          ${strings.text("page.proof.forget_confirm")}
        </button>
      </div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-proof-lines": ProofLines;
  }
}
