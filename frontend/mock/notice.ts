/** What a person reads before the tap. */

import type { Notice, PrepareRequest } from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";
import { NOW } from "./library.ts";
import { AGENCIES } from "./shares.ts";

export function notice(request: Message): Notice {
  const agency = AGENCIES.find((one) => one.agency_id === request["agency_id"]);
  const asked = request["edits"] as NonNullable<PrepareRequest["edits"]>;
  const edits: Notice["file"]["edits"] = {
    start: null,
    end: null,
    audio: false,
    ...asked,
    redact: (asked.redact ?? []).map((area) => ({ start: null, end: null, ...area })),
  };
  const compared = agency?.compared ?? false;
  return {
    agency: {
      name: agency?.name ?? "",
      host: agency?.host ?? "",
      issuer: `https://${agency?.host ?? ""}`,
      fingerprint: "k3Jd 9fQx 2mVb 7Rtz Lw0p Hs5C yN8e UaG4 iKo1 TqXj 6Bv",
      compared,
      jurisdiction: "Sample County",
      contact: "evidence@police.sample-town.example",
      terms:
        "Used only for the case it was given for.\nNot passed on without a court order.",
      retention: "Deleted when the case is closed, at the latest after this time.",
      retention_days: 90,
      terms_digest: "ab".repeat(32),
    },
    file: {
      sha256: "9f2c4be1d07a6638".repeat(4),
      size: 9_412_331,
      started_at: new Date(NOW - 240_000).toISOString(),
      ended_at: new Date(NOW - 215_000).toISOString(),
      audio: edits.audio,
      derived: true,
      reencoded: edits.redact.length > 0,
      original_sha256: "07c1d4e8a2b3f596".repeat(4),
      edits,
    },
    labels: {},
    personal: (request["personal"] ?? {}) as Record<string, string>,
    note: (request["note"] ?? "") as string,
    case_reference: (request["case_reference"] ?? "") as string,
    request: null,
    declaration_sha256: null,
    sentences: [
      "internet_address",
      "only_agency_opens",
      edits.audio ? "sound_on" : "sound_off",
      ...(edits.redact.length > 0 ? ["picture_made_anew"] : []),
      "others_visible",
      "cannot_be_recalled",
      "administrators_see",
      ...(compared ? [] : ["not_compared"]),
    ],
  };
}
