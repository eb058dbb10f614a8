import { expect, test } from "vitest";
import { LiveSession } from "./live-session.ts";

function started() {
  const toggles: boolean[] = [];
  const session: LiveSession = new LiveSession(
    () => undefined,
    () => toggles.push(session.wanted),
  );
  session.start();
  return { session, toggles };
}

test("live view is started and ended once", () => {
  const { session, toggles } = started();
  session.start();
  session.hear("playing");
  session.end();
  session.end();
  expect(toggles).toStrictEqual([true, false]);
  expect(session.showing).toBeUndefined();
});

test("a player that is refused ends it, and the reason stays until the next start", () => {
  const { session, toggles } = started();
  expect(session.hear("starting")).toBe(false);
  expect(session.hear("refused")).toBe(true);
  session.pause();
  expect([session.wanted, session.showing]).toStrictEqual([false, "refused"]);
  session.start();
  expect(session.showing).toBeUndefined();
  expect(toggles).toStrictEqual([true, false, true]);
});

test("without a viewer there is no player, but the user still wants it", () => {
  const { session } = started();
  session.hear("playing");
  session.pause();
  expect([session.wanted, session.showing]).toStrictEqual([true, undefined]);
});
