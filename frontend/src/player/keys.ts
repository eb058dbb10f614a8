/** What the keys do in the player. */

export type Action =
  | "toggle"
  | "back"
  | "ahead"
  | "far_back"
  | "far_ahead"
  | "frame_back"
  | "frame_ahead"
  | "mute"
  | "full";

const KEYS: Readonly<Record<string, Action>> = {
  " ": "toggle",
  k: "toggle",
  arrowleft: "back",
  arrowright: "ahead",
  j: "far_back",
  l: "far_ahead",
  ",": "frame_back",
  ".": "frame_ahead",
  m: "mute",
  f: "full",
};

type Pressed = Pick<
  KeyboardEvent,
  "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "repeat"
>;

/** Held keys would switch these on and off. */
const ONCE: ReadonlySet<Action> = new Set(["toggle", "mute", "full"]);

export function actionOf(pressed: Pressed): Action | undefined {
  const { key, altKey, ctrlKey, metaKey, shiftKey, repeat } = pressed;
  if (altKey || ctrlKey || metaKey || shiftKey) return undefined;
  const action = KEYS[key.toLowerCase()];
  return action && repeat && ONCE.has(action) ? undefined : action;
}
