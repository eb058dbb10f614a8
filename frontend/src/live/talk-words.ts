/** Texts about talking at a doorbell, and why it is not possible. */

import type { Live } from "../api/commands.ts";
import type { Strings } from "../i18n/strings.ts";
import { canTalk, type Talk } from "./talk.ts";

/** The volume from which somebody speaks. */
const HEARD = 0.08;

/** Why talk is not available here, to anyone or to this user. */
export function talkProblem({
  talk_problem,
  talk_entity_id,
}: Live): string | undefined {
  if (talk_problem) return talk_problem;
  if (!talk_entity_id) return "unavailable";
  if (!isSecureContext) return "insecure";
  return canTalk() ? undefined : "unsupported";
}

/** The name of another person who talks at this doorbell. */
export function otherTalker(
  { talker }: Pick<Live, "talker">,
  { on }: Pick<Talk, "on">,
): string | undefined {
  // The talk of this page may end before the home reports it.
  return !on && talker && !talker.session_id ? talker.name : undefined;
}

/** `stays`: it is on without being held. */
export function buttonText(
  strings: Strings,
  { state }: Pick<Talk, "state">,
  stays: boolean,
): string {
  if (state === "connecting") return strings.text("talk.connecting");
  if (state === "idle") return strings.text("talk.hold");
  return strings.text(stays ? "talk.stays" : "talk.talking");
}

export const levelText = (strings: Strings, level: number): string =>
  strings.text(level > HEARD ? "talk.hears" : "talk.quiet");

/** Why the last talk ended unexpectedly; empty if it did not. */
export function failureText(
  strings: Strings,
  { failure, code, message }: Pick<Talk, "failure" | "code" | "message">,
): string {
  if (!failure) return "";
  if (failure !== "refused") return strings.text(`talk.problem.${failure}`);
  // Use this page's own text if there is one.
  const known = `talk.problem.${code.replace(/^talk_/, "")}`;
  if (strings.has(known)) return strings.text(known);
  return message || strings.text("talk.problem.refused");
}
