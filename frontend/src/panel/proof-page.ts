/** The household's records: what was shared with whom, requested, and refused; and proofs. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import * as proofApi from "../api/proof.ts";
import * as shareApi from "../api/sharing.ts";
import { download } from "../ha/download.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { PageTitle } from "../ha/page-title.ts";
import { countTexts } from "../share/ledger-words.ts";
import { ActingElement } from "../ui/acting-element.ts";
import { icon } from "../ui/icons.ts";
import { renderProblem } from "../ui/problem.ts";
import { shared } from "../ui/styles.ts";
import { pageStyles } from "./page-styles.ts";
import "./proof-lines.ts";
import { renderVerdict, verdictStyles } from "./proof-verdict.ts";

@customElement("doorwatch-proof-page")
export class ProofPage extends ActingElement {
  static override readonly styles = [shared, pageStyles, verdictStyles];

  @property({ attribute: false }) shares: readonly api.Share[] = [];
  private readonly pageTitle = new PageTitle(this);
  @state() private account: api.Transparency | undefined;
  @state() private ledger: api.LedgerCounts | undefined;
  @state() private fingerprints: Record<string, string> = {};

  protected override willUpdate(changed: Map<string, unknown>): void {
    this.pageTitle.set(this.strings.text("page.proof.title"));
    const before = changed.get("hass") as HomeAssistant | undefined;
    // Also read what was written during a disconnect.
    const back = before && !before.connected && this.hass.connected;
    if (!this.hasUpdated || back) void this.load();
  }

  private async load(): Promise<void> {
    await this.attempt(async (connection) => {
      this.account = await proofApi.transparency(connection);
      if (this.hass.user?.is_admin)
        this.ledger = await proofApi.ledgerCounts(connection);
    });
  }

  private nameOf(agency: api.AgencyCounts): string {
    return agency.name ?? this.strings.text("page.proof.removed_agency");
  }

  private async showFingerprint(agencyId: string, shareId: string): Promise<void> {
    await this.attempt(async (connection) => {
      const { fingerprint } = await shareApi.shareProof(connection, shareId);
      const shown = fingerprint ?? this.strings.text("shares.no_fingerprint");
      this.fingerprints = { ...this.fingerprints, [agencyId]: shown };
      await this.focusOn(`[data-agency="${agencyId}"] .fingerprint`);
    });
  }

  private readonly download = async (): Promise<void> => {
    await this.attempt(async (connection) =>
      download(this.hass, await proofApi.ledgerLink(connection)),
    );
  };

  protected override render(): TemplateResult {
    const { strings, account } = this;
    return html`<p>
        <a href="/doorwatch/shared">${strings.text("page.proof.back")}</a>
      </p>
      <h1 tabindex="-1">${strings.text("page.proof.title")}</h1>
      ${renderProblem(strings, this.failure)}
      ${
        account
          ? [
              renderVerdict(strings, account.check),
              this.agencies(account),
              html`<h2>${strings.text("page.proof.prepared")}</h2>
                <p>
                  ${strings.text("page.proof.prepared_count", {
                    count: account.prepared_to_send,
                  })}
                </p>`,
              account.requests ? this.requests(account.requests) : nothing,
            ]
          : this.loading()
      }
      ${
        account && this.hass.user?.is_admin
          ? html`<doorwatch-proof-lines
              .agencies=${account.agencies.map((one) => ({
                agency_id: one.agency_id,
                name: one.name ?? strings.text("page.proof.removed"),
              }))}
            ></doorwatch-proof-lines>`
          : nothing
      }
      ${this.ledger ? this.ledgerPart(this.ledger) : nothing}`;
  }

  private loading(): TemplateResult | typeof nothing {
    return this.failure
      ? nothing
      : html`<p class="muted" role="status">${this.strings.text("page.loading")}</p>`;
  }

  /** Groups never receive shares; of removed agencies, only those with shares count. */
  private agencies({ agencies: all, refused }: api.Transparency): TemplateResult {
    const { strings } = this;
    const agencies = all.filter(
      ({ name, group, counts }) =>
        !group && (name !== null || countTexts(strings, counts).length > 0),
    );
    return html`<h2>${strings.text("page.proof.agencies")}</h2>
      ${
        agencies.length === 0
          ? html`<p>${strings.text("page.proof.no_agencies")}</p>`
          : html`<ul class="cards">
              ${agencies.map((one) => this.agency(one))}
            </ul>`
      }
      <p>${strings.text("page.proof.refused", { count: refused })}</p>
      ${
        refused > 0
          ? html`<p class="muted">${strings.text("page.proof.refused_hint")}</p>`
          : nothing
      }`;
  }

  private requests({ seen, answered, hidden }: api.RequestCounts): TemplateResult {
    const { strings } = this;
    return html`<h2>${strings.text("page.proof.requests")}</h2>
      <p class="muted">${strings.text("page.proof.requests_hint")}</p>
      <div class="card">
        <p>${strings.text("page.proof.requests_seen", { count: seen })}</p>
        ${
          seen + answered > 0
            ? html`<p>
                ${strings.text("page.proof.requests_answered", { count: answered })}
              </p>`
            : nothing
        }
        <p>${strings.text("page.proof.requests_hidden", { count: hidden })}</p>
      </div>`;
  }

  private agency(agency: api.AgencyCounts): TemplateResult {
    const { strings } = this;
    const { agency_id } = agency;
    const texts = countTexts(strings, agency.counts);
    const fingerprint = this.fingerprints[agency_id];
    // Everyone who may see one of its shares may see the agency's key.
    const share = this.shares.find(
      (one) => one.agency_id === agency_id && one.has_receipt,
    );
    return html`<li class="card" data-agency=${agency_id}>
      <h3>${this.nameOf(agency)}</h3>
      ${
        texts.length > 0
          ? texts.map((text) => html`<p>${text}</p>`)
          : html`<p>${strings.text("page.proof.nothing")}</p>`
      }
      ${
        fingerprint
          ? html`<p class="fingerprint" role="status" tabindex="-1">
              ${strings.text("shares.fingerprint_of_home")}<br />
              <code>${fingerprint}</code><br />
              <span class="muted">${strings.text("shares.fingerprint_hint")}</span>
            </p>`
          : share && agency.name
            ? html`<div class="buttons">
                <button
                  ?disabled=${!this.hass.connected}
                  aria-label=${strings.text("page.proof.fingerprint_label", {
                    agency: agency.name,
                  })}
                  @click=${() => void this.showFingerprint(agency_id, share.share_id)}
                >
                  ${strings.text("shares.fingerprint")}
                </button>
              </div>`
            : nothing
      }
    </li>`;
  }

  private ledgerPart({ head, counts }: api.LedgerCounts): TemplateResult {
    const { strings } = this;
    const groups = head.digest.match(/.{1,4}/g)?.join(" ") ?? "";
    const count = (kind: string): number => counts[kind] ?? 0;
    return html`<h2>${strings.text("page.proof.ledger")}</h2>
      <p class="muted">${strings.text("shares.ledger_hint")}</p>
      <div class="card">
        <p>
          ${strings.text("page.proof.ledger_counts", {
            lines: head.seq,
            recorded: count("recorded") + count("recovered"),
            deleted: count("deleted") + count("expired"),
          })}
        </p>
        <details>
          <summary>${strings.text("page.proof.head", { seq: head.seq })}</summary>
          <code>${groups}</code>
        </details>
        <div class="buttons">
          <button
            ?disabled=${!this.hass.connected}
            @click=${() => void this.download()}
          >
            ${icon("download")} ${strings.text("shares.ledger")}
          </button>
        </div>
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-proof-page": ProofPage;
  }
}
