/** The first step of sharing: to whom, which part, and what goes along. */

import type { Agency, Clip, PrepareRequest } from "./api.ts";

export interface ShareForm {
  agencyId: string;
  start: string;
  end: string;
  audio: boolean;
  caseReference: string;
  note: string;
  sendName: boolean;
  name: string;
  sendContact: boolean;
  contact: string;
  pin: string;
}

/** Everything that goes along is off until the person turns it on. */
export function emptyForm(userName: string): ShareForm {
  return {
    agencyId: "",
    start: "",
    end: "",
    audio: false,
    caseReference: "",
    note: "",
    sendName: false,
    name: userName,
    sendContact: false,
    contact: "",
    pin: "",
  };
}

function seconds(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text.replace(",", "."));
}

/** The fields that cannot be sent as they are. */
export function mistakes(
  form: ShareForm,
  clip: Clip,
  agencies: readonly Agency[],
): Set<"agency" | "range" | "name" | "contact"> {
  const found = new Set<"agency" | "range" | "name" | "contact">();
  const agency = agencies.find((one) => one.agency_id === form.agencyId);
  if (!agency?.available) found.add("agency");
  const start = seconds(form.start) ?? 0;
  const end = seconds(form.end) ?? clip.duration;
  // NaN fails every comparison, so the good case is the one that is spelled out.
  const inside = start >= 0 && start < end && end <= Math.ceil(clip.duration);
  if (!inside) found.add("range");
  if (form.sendName && form.name.trim() === "") found.add("name");
  if (form.sendContact && form.contact.trim() === "") found.add("contact");
  return found;
}

/** What the form asks to prepare. A detail that is not ticked is not in it. */
export function requestOf(form: ShareForm, clip: Clip): PrepareRequest {
  const start = seconds(form.start);
  const end = seconds(form.end);
  return {
    clip_id: clip.clip_id,
    agency_id: form.agencyId,
    edits: {
      ...(start ? { start } : {}),
      ...(end !== undefined && end < clip.duration ? { end } : {}),
      audio: form.audio && clip.audio_codec !== null,
    },
    ...(form.note.trim() ? { note: form.note.trim() } : {}),
    ...(form.caseReference.trim() ? { case_reference: form.caseReference.trim() } : {}),
    personal: {
      ...(form.sendName ? { name: form.name.trim() } : {}),
      ...(form.sendContact ? { contact: form.contact.trim() } : {}),
    },
    ...(form.pin ? { password: form.pin } : {}),
  };
}
