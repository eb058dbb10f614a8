/** Answers for the proof page and the settings page. */

import type {
  LedgerCounts,
  Settings,
  Transparency,
  TransparencyLine,
} from "../src/api/commands.ts";
import type { Message } from "../src/ha/hass.ts";

const INTACT = { changed_at: null, untapped_at: null };

const TRANSPARENCY: Transparency = {
  check: INTACT,
  agencies: [
    {
      agency_id: "agency-1",
      name: "Police of Sample Town",
      group: false,
      counts: {
        agency_added: 1,
        proposed: 2,
        confirmed: 4,
        cancelled: 1,
        sent: 3,
        received: 2,
        withdrawal_requested: 1,
        withdrawal_answered: 1,
      },
      newest: 412,
    },
    {
      agency_id: "agency-9",
      name: null,
      group: false,
      counts: { agency_added: 1, confirmed: 1, failed: 1, agency_removed: 1 },
      newest: 90,
    },
    {
      agency_id: "agency-2",
      name: "Neighborhood Office",
      group: false,
      counts: {},
      newest: 0,
    },
    {
      agency_id: "group-1",
      name: "Elm Street Neighbors",
      group: true,
      counts: { agency_added: 1 },
      newest: 0,
    },
  ],
  refused: 3,
  prepared_to_send: 2,
  requests: { seen: 7, hidden: 2, answered: 1 },
};

const KINDS = [
  "withdrawal_answered",
  "withdrawal_requested",
  "opened",
  "received",
  "sent",
  "confirmed",
  "proposed",
  "agency_changed",
  "something_new",
];

function lines(message: Message): { lines: TransparencyLine[] } {
  const before = Number(message["before"] ?? 413);
  const only = message["agency_id"] as string | undefined;
  const all = KINDS.map((kind, index): TransparencyLine => {
    const personal = kind === "confirmed" ? { name: "Robin Example" } : {};
    return {
      seq: 412 - index * 3,
      at: new Date(Date.now() - index * 5_400_000).toISOString(),
      kind,
      data: { agency_id: "agency-1", clip_id: "clip-0" },
      personal,
      had_personal: kind === "confirmed" || kind === "withdrawal_requested",
    };
  });
  return {
    lines: all.filter(
      ({ seq, data }) => seq < before && (!only || data["agency_id"] === only),
    ),
  };
}

const COUNTS: LedgerCounts = {
  counts: { recorded: 302, deleted: 12, confirmed: 5, received: 2, refused: 3 },
  head: { seq: 412, digest: "9f2c4be1d07a6638".repeat(4) },
};

const SETTINGS: Settings = {
  household: {
    entry_id: "household",
    folder: "/media/doorwatch",
    days: 30,
    gigabytes: 50,
    kept: [
      { what: "ring", days: 90 },
      { what: "vehicle", days: 7 },
      { what: "manual", days: null },
    ],
    motion_first: true,
    sharers: [{ user_id: "user-2", name: "Robin Example" }],
    senders: [],
    has_pin: true,
    cancel_window: 10,
    in_sidebar: true,
  },
  storage: { clips: 302, bytes: 2_900_000_000, free: 81_000_000_000 },
  doorbells: [
    {
      doorbell_id: "doorbell-1",
      name: "Front door",
      source: "rtsp",
      device_id: "device-1",
      picture_motion: true,
      motion: true,
      kept: [],
    },
    {
      doorbell_id: "doorbell-2",
      name: "Garden gate",
      source: "linked",
      device_id: "device-2",
      picture_motion: false,
      motion: false,
      kept: [
        { what: "any", days: 14 },
        { what: "ring", days: 60 },
      ],
    },
  ],
  agencies: [
    {
      agency_id: "agency-1",
      name: "Police of Sample Town",
      group: false,
      host: "police.sample-town.example",
      has_fingerprint: true,
      compared: true,
      problem: null,
    },
    {
      agency_id: "agency-3",
      name: "County Sheriff",
      group: false,
      host: "sheriff.county.example",
      has_fingerprint: true,
      compared: false,
      problem: "agency_unavailable",
    },
    {
      agency_id: "group-1",
      name: "Elm Street Neighbors",
      group: true,
      host: "elm-street.example",
      has_fingerprint: true,
      compared: false,
      problem: "agency_unavailable",
    },
  ],
  version: "0.1.0",
};

function transparency(state: string): Transparency {
  const requests = { seen: 0, hidden: 0, answered: 0 };
  if (state === "empty")
    return { check: INTACT, agencies: [], refused: 0, prepared_to_send: 0, requests };
  if (state !== "ledger-changed") return TRANSPARENCY;
  return { ...TRANSPARENCY, check: { ...INTACT, changed_at: 17 } };
}

/** Answer a command of these pages; undefined for other commands. */
export function pageAnswer(state: string, message: Message): unknown {
  switch (message.type) {
    case "doorwatch/transparency":
      return transparency(state);
    case "doorwatch/transparency/lines":
      return state === "empty" ? { lines: [] } : lines(message);
    case "doorwatch/transparency/forget":
      return { deleted: true };
    case "doorwatch/ledger/counts":
      return COUNTS;
    case "doorwatch/settings":
      return state === "empty"
        ? { ...SETTINGS, household: null, doorbells: [], agencies: [] }
        : SETTINGS;
    default:
      return undefined;
  }
}
