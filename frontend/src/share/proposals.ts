/** Suggested shares; only a person can confirm them. */

import { css, html, nothing, type TemplateResult } from "lit";
import type { Clip, Proposal, RequestsState } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Asked } from "./share-editing.ts";

export const proposalStyles = css`
  .proposal {
    flex-wrap: wrap;
  }
  .proposal + .proposal {
    margin-top: 8px;
  }
  .proposal > .grow {
    flex-basis: 200px;
  }
  .proposal .muted {
    display: block;
  }
  .proposal .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-inline-start: auto;
  }
`;

interface Context {
  strings: Strings;
  proposals: readonly Proposal[];
  clips: readonly Clip[];
  connected: boolean;
  describe: (clip: Clip) => string;
  review: (proposal: Proposal, clip: Clip) => void;
  dismiss: (proposal: Proposal) => void;
}

export function proposedBy(strings: Strings, { by, user }: Proposal): string {
  // A person on a page of this home; older suggestions have no name.
  if (by === "dashboard" && user) return strings.text("proposal.by.person", { user });
  const key = `proposal.by.${by}`;
  if (by !== "other" && strings.has(key)) return strings.text(key);
  // Neither a dashboard nor an automation: an external program with this user's login.
  return user
    ? strings.text("proposal.by.program", { user })
    : strings.text("proposal.by.other");
}

/** The request that it would answer, with its text if that is loaded. */
export function askedIn(
  { agency_id, request_id }: Proposal,
  { requests }: RequestsState,
): Asked | null {
  if (agency_id === null || request_id === null) return null;
  const found = requests.find(
    (one) => one.agency_id === agency_id && one.request_id === request_id,
  );
  return found ?? { agency_id, request_id, title: null, case_reference: null };
}

function one(context: Context, proposal: Proposal): TemplateResult {
  const { strings } = context;
  const clip = context.clips.find((each) => each.clip_id === proposal.clip_id);
  return html`<div class="banner proposal">
    <div class="grow">
      <strong>${strings.text("proposal.title")}</strong><br />
      ${clip ? context.describe(clip) : strings.text("proposal.older")}
      <span class="muted">${proposedBy(strings, proposal)}</span>
    </div>
    <div class="buttons">
      <button ?disabled=${!context.connected} @click=${() => context.dismiss(proposal)}>
        ${strings.text("proposal.dismiss")}
      </button>
      <button
        class="primary"
        ?disabled=${!context.connected || !clip}
        @click=${() => clip && context.review(proposal, clip)}
      >
        ${strings.text("proposal.review")}
      </button>
    </div>
  </div>`;
}

export function renderProposals(context: Context): TemplateResult | typeof nothing {
  if (context.proposals.length === 0) return nothing;
  return html`<section aria-label=${context.strings.text("proposal.title")}>
    ${context.proposals.map((proposal) => one(context, proposal))}
  </section>`;
}
