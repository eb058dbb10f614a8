/** The form of the share dialog: recipient, part, and included details. */

import type { Agency, Clip, PrepareRequest, Strip } from "../api/commands.ts";
import { hasMistake, redactionOf, seconds, type Cover } from "./covers.ts";
import { beginOf } from "./cut.ts";
import { originOf } from "./upload-link.ts";

export interface ShareForm {
  agencyId: string;
  /** The upload link, for agencies that send such links. */
  link: string;
  start: string;
  end: string;
  audio: boolean;
  covers: readonly Cover[];
  /** The answered request of the selected agency. */
  requestId: string;
  /** The person confirms that the clip belongs to the request although it doesn't match. */
  stillBelongs: boolean;
  /** Whether the draft of a declaration is included. */
  declaration: boolean;
  caseReference: string;
  note: string;
  sendName: boolean;
  name: string;
  sendContact: boolean;
  contact: string;
  pin: string;
}

/** All optional details are off until the person turns them on. */
export function emptyForm(userName: string): ShareForm {
  return {
    agencyId: "",
    link: "",
    start: "",
    end: "",
    audio: false,
    covers: [],
    requestId: "",
    stillBelongs: false,
    declaration: false,
    caseReference: "",
    note: "",
    sendName: false,
    name: userName,
    sendContact: false,
    contact: "",
    pin: "",
  };
}

/** The selected part as numbers; invalid input is ignored. */
export function chosen(
  form: ShareForm,
  length: number,
): { start: number; end: number } {
  const start = seconds(form.start) ?? 0;
  const end = seconds(form.end) ?? length;
  return {
    start: Number.isFinite(start) ? Math.min(Math.max(0, start), length) : 0,
    end: Number.isFinite(end) ? Math.min(Math.max(0, end), length) : length,
  };
}

export type Mistake = "agency" | "link" | "range" | "covers" | "name" | "contact";

/** The fields with errors. */
export function mistakes(
  form: ShareForm,
  clip: Clip,
  agencies: readonly Agency[],
  strip?: Strip,
): Set<Mistake> {
  const found = new Set<Mistake>();
  const agency = agencies.find((one) => one.agency_id === form.agencyId);
  if (!agency?.available) found.add("agency");
  if (agency?.upload_page && originOf(form.link) !== agency.upload_page)
    found.add("link");
  const start = seconds(form.start) ?? 0;
  const end = seconds(form.end) ?? clip.duration;
  // NaN fails every comparison, so test for the valid case.
  const inside = start >= 0 && start < end && end <= Math.ceil(clip.duration);
  if (!inside) found.add("range");
  else if (strip) {
    const { length, keyframes } = strip;
    const begin = beginOf(start, { length, keyframes, exact: form.covers.length > 0 });
    if (begin === undefined || begin >= end) found.add("range");
  }
  if (form.covers.some((cover) => hasMistake(cover, clip.duration)))
    found.add("covers");
  if (form.sendName && form.name.trim() === "") found.add("name");
  if (form.sendContact && form.contact.trim() === "") found.add("contact");
  return found;
}

/** The part, audio and covered areas to prepare. */
export function editsOf(
  form: ShareForm,
  clip: Pick<Clip, "duration" | "audio_codec">,
): Required<PrepareRequest>["edits"] {
  const start = seconds(form.start);
  const end = seconds(form.end);
  return {
    ...(start ? { start } : {}),
    ...(end !== undefined && end < clip.duration ? { end } : {}),
    audio: form.audio && clip.audio_codec !== null,
    ...(form.covers.length > 0 ? { redact: form.covers.map(redactionOf) } : {}),
  };
}

/** The request to prepare. Details that are off are not included. */
export function requestOf(
  form: ShareForm,
  clip: Clip,
  agency?: Agency,
  smallPreview = false,
): PrepareRequest {
  return {
    clip_id: clip.clip_id,
    agency_id: form.agencyId,
    edits: editsOf(form, clip),
    ...(form.note.trim() ? { note: form.note.trim() } : {}),
    ...(form.requestId ? { request_id: form.requestId } : {}),
    ...(form.requestId && form.stillBelongs ? { still_belongs: true } : {}),
    ...(form.declaration ? { declaration: true } : {}),
    ...(form.caseReference.trim() ? { case_reference: form.caseReference.trim() } : {}),
    personal: {
      ...(form.sendName ? { name: form.name.trim() } : {}),
      ...(form.sendContact ? { contact: form.contact.trim() } : {}),
    },
    // Only the origin, never the link itself.
    ...(agency?.upload_page ? { link_origin: originOf(form.link) ?? "" } : {}),
    ...(smallPreview ? { small_preview: true } : {}),
    ...(form.pin ? { password: form.pin } : {}),
  };
}
