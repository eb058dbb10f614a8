import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { addPseudoLanguages } from "../../mock/pseudo.ts";
import { show } from "../../mock/show.ts";
import { share } from "../../mock/shares.ts";
import type { Doorbell } from "../api/commands.ts";
import type { Word } from "../ui/snackbar.ts";
import { ClipPage } from "./clip-page.ts";

const START = location.href;

beforeEach(() => {
  history.replaceState(null, "", START);
  localStorage.clear();
  // Normally the panel opens the page for a URL.
  return () => history.replaceState(null, "", START);
});

const DOORBELL: Doorbell = {
  doorbell_id: "doorbell-1",
  name: "Front door",
  camera_entity_id: "camera.doorbell_1",
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
};

function open(clipId: string, state = "clips", change: Partial<ClipPage> = {}) {
  const element = new ClipPage();
  Object.assign(element, { clipId, doorbells: [DOORBELL], ...change });
  const connection = new MockConnection(state);
  const words: (Word | undefined)[] = [];
  document.body.addEventListener("doorwatch-word", ({ detail }) => words.push(detail));
  const follow = (): void => {
    const [, id] = /^\/doorwatch\/clip\/([^/]+)$/.exec(location.pathname) ?? [];
    if (id) element.clipId = id;
  };
  window.addEventListener("location-changed", follow);
  const home = show(element, connection);
  return { element, connection, home, words };
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const heading = page.getByRole("heading", { level: 1 });

test("a clip says what it is, and the page in the browser is called so", async () => {
  open("clip-3");
  await expect.element(heading).toHaveTextContent(/^Animal, .* Front door$/s);
  await expect
    .poll(() => document.title)
    .toMatch(/^Animal, .*, Front door – Doorwatch$/);
  await expect
    .element(page.getByText("Recovered after an interruption"))
    .toBeInTheDocument();
  await expect
    .element(page.getByText("Video is missing in 1 place."))
    .toBeInTheDocument();
});

test("who presses again before the next clip is there goes on from that one", async () => {
  const { element, connection } = open("clip-3");
  await expect.element(heading).toHaveTextContent(/^Animal/);
  const asked = connection.sendMessagePromise.bind(connection);
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  connection.sendMessagePromise = async (message) => {
    if (message.type === "doorwatch/clips/get") await held;
    return asked(message);
  };
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  await expect.poll(() => element.clipId).not.toBe("clip-3");
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  answer();
  await expect.poll(() => element.clipId).toBe("clip-3");
});

test("a clip bears all that happened in it", async () => {
  const connection = new MockConnection("clips");
  connection.save(
    clip(0, {
      clip_id: "clip-9",
      kinds: ["ring", "motion", "manual"],
      labels: ["animal"],
    }),
  );
  const element = new ClipPage();
  Object.assign(element, { clipId: "clip-9", doorbells: [DOORBELL] });
  show(element, connection);
  const kinds = page.getByRole("list", { name: "What was recorded" });
  await expect.element(kinds).toHaveTextContent(/Ring.*Motion.*Recorded by hand/s);
  await expect.element(page.getByText("Camera reports: Animal")).toBeInTheDocument();
});

test("buttons and arrow keys go to the neighbours, and Back to the list", async () => {
  const { element } = open("clip-1");
  await expect.element(heading).toBeVisible();
  const before = history.length;
  await userEvent.click(button("Older"));
  await expect.poll(() => element.clipId).toBe("clip-2");
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  await expect.poll(() => element.clipId).toBe("clip-1");
  await expect.element(heading).toHaveTextContent(/^Person/);
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  await expect.poll(() => element.clipId).toBe("clip-0");
  expect(history.length).toBe(before);
  await expect.element(button("Newer")).toHaveAttribute("aria-disabled", "true");
});

test("a key of the player is not one of Home Assistant, too", async () => {
  const taken = vi.fn();
  // Home Assistant listens at the window, and leaves what was handled.
  const home = (event: KeyboardEvent): void => {
    if (!event.defaultPrevented) taken(event.key);
    event.preventDefault();
  };
  window.addEventListener("keydown", home);
  try {
    open("clip-1");
    await expect.element(page.getByLabelText(/^Clip: /)).toBeInTheDocument();
    await userEvent.keyboard("me");
    expect(taken.mock.calls).toStrictEqual([["e"]]);
  } finally {
    window.removeEventListener("keydown", home);
  }
});

test("arrow keys alone do not leave the clip", async () => {
  const { element } = open("clip-1");
  await expect.element(page.getByLabelText(/^Clip: /)).toBeInTheDocument();
  await userEvent.keyboard("{ArrowLeft}");
  expect(element.clipId).toBe("clip-1");
});

test("a finger goes to the older clip by pulling it in from the left", async () => {
  const { element } = open("clip-1");
  await expect.element(heading).toBeVisible();
  const text = element.renderRoot.querySelector(".facts");
  const at = (name: string, clientX: number): void => {
    const usual = { pointerId: 1, pointerType: "touch", isPrimary: true };
    const where = { clientX, clientY: 20, bubbles: true, composed: true };
    text?.dispatchEvent(new PointerEvent(name, { ...where, ...usual }));
  };
  at("pointerdown", 100);
  at("pointerup", 250);
  await expect.poll(() => element.clipId).toBe("clip-2");
});

const ends = (element: ClipPage): void =>
  void element.renderRoot
    .querySelector("doorwatch-clip-player")
    ?.dispatchEvent(new CustomEvent("clip-ended"));

test("when a clip has ended, the next one plays, unless that is turned off", async () => {
  const { element } = open("clip-2");
  await expect.element(heading).toBeVisible();
  ends(element);
  await expect.poll(() => element.clipId).toBe("clip-1");
  await expect.element(heading).toHaveTextContent(/^Person/);
  const next = page.getByRole("checkbox", { name: /play the next clip/i });
  await userEvent.click(next);
  ends(element);
  expect(element.clipId).toBe("clip-1");
  await userEvent.click(next);
  // The next clip must not replace one that a person is about to share.
  (button("Share with an agency").element() as HTMLElement).focus();
  ends(element);
  expect(element.clipId).toBe("clip-1");
});

test("the clips around a clip are one press away", async () => {
  const { element } = open("clip-1");
  const near = page.getByRole("navigation", { name: "Clips before and after" });
  const shown = near.getByRole("link", { name: /^Person, / });
  await expect.element(shown).toHaveAttribute("aria-current", "true");
  await userEvent.click(near.getByRole("link", { name: /^Animal, / }));
  await expect.poll(() => element.clipId).toBe("clip-3");
});

test("clips of one visit are together", async () => {
  const connection = new MockConnection("clips");
  const start = Date.now() - 60_000;
  for (const [index, offset] of [0, 30_000].entries())
    connection.save(
      clip(0, {
        clip_id: `visit-${index}`,
        started_at: new Date(start + offset).toISOString(),
        ended_at: new Date(start + offset + 20_000).toISOString(),
      }),
    );
  const element = new ClipPage();
  Object.assign(element, { clipId: "visit-1", doorbells: [DOORBELL] });
  show(element, connection);
  const visit = page.getByRole("group", { name: "One visit: 2 clips" });
  await expect.element(visit).toBeVisible();
  expect(visit.getByRole("link").all()).toHaveLength(2);
});

test("a clip is deleted without a question, the next is shown, and Undo brings it back", async () => {
  const { element, connection, words } = open("clip-2");
  await userEvent.click(button("Delete"));
  await expect.poll(() => element.clipId).toBe("clip-3");
  expect(words.at(-1)?.text).toBe("Clip deleted");
  words.at(-1)?.undo?.();
  await expect.poll(() => element.clipId).toBe("clip-2");
  expect(connection.sent.map(({ type }) => type)).toContain("doorwatch/clips/restore");
});

test("what somebody protected is deleted after a question", async () => {
  const { connection } = open("clip-1");
  await userEvent.click(button("Delete"));
  const question = page.getByRole("dialog", { name: "Delete this clip?" });
  await expect.element(question).toBeVisible();
  await userEvent.click(button("Cancel"));
  await expect.element(question).not.toBeInTheDocument();
  expect(connection.sent.map(({ type }) => type)).not.toContain(
    "doorwatch/clips/delete",
  );
});

test("who may not share suggests it instead, and reads why and whom to ask", async () => {
  open("clip-0", "guest");
  await expect.element(button("Suggest sharing")).toBeVisible();
  await expect
    .element(page.getByText(/Only people whom an administrator allows.* Ask Ada/s))
    .toBeVisible();
  expect(page.getByRole("button", { name: "Share with an agency" }).query()).toBeNull();
  expect(button("Delete").query()).toBeNull();
});

test("a clip that is gone or hidden is told in one sentence", async () => {
  open("clip-77");
  await expect
    .element(heading)
    .toHaveTextContent(
      "This clip is no longer here, or you don't have permission to view it.",
    );
  await expect
    .element(page.getByRole("link", { name: "Show all clips" }))
    .toBeVisible();
});

test("what was fetched has a copy elsewhere, and the page says so", async () => {
  open("clip-0", "clips", { doorbells: [{ ...DOORBELL, records: false }] });
  await expect.element(page.getByText(/delete the manufacturer's copy/)).toBeVisible();
});

test("what is being shared of it can be followed here", async () => {
  const going = { ...share("uploading"), cancelUntil: null };
  open("clip-0", "clips", { shares: [going] });
  await expect.element(page.getByText("This clip was shared once")).toBeVisible();
  await expect.element(button("Stop")).toBeVisible();
});

/** Hold the answers to a command; return how to let them go. */
function hold(connection: MockConnection, type: string): () => void {
  const send = connection.sendMessagePromise.bind(connection);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  connection.sendMessagePromise = async (message) => {
    if (message.type === type) await held;
    return send(message);
  };
  return release;
}
const stopped = { ...share("needs_new_tap"), cancelUntil: null };
const dialog = page.getByRole("dialog");

test("Review again puts away a share that needs a new tap, and opens the dialog", async () => {
  const { connection } = open("clip-0", "clips", { shares: [stopped] });
  await userEvent.click(button("Review again"));
  await expect.element(dialog).toBeVisible();
  expect(connection.sent.map(({ type }) => type)).toContain("doorwatch/share/cancel");
});

test("Review again after a share that is over cancels nothing", async () => {
  const over = { ...share("expired"), cancelUntil: null };
  const { connection } = open("clip-0", "clips", { shares: [over] });
  await userEvent.click(button("Review again"));
  await expect.element(dialog).toBeVisible();
  expect(connection.sent.map(({ type }) => type)).not.toContain(
    "doorwatch/share/cancel",
  );
});

test("a share that can't be put away opens no dialog", async () => {
  const { connection } = open("clip-0", "clips", { shares: [stopped] });
  await expect.element(button("Review again")).toBeVisible();
  connection.drop();
  await userEvent.click(button("Review again"));
  await expect
    .element(page.getByText(/Connection to Home Assistant lost/))
    .toBeVisible();
  expect(dialog.query()).toBeNull();
});

test("a dialog and a deletion that come late leave the clip that was opened meanwhile", async () => {
  const { element, connection, words } = open("clip-0", "clips", { shares: [stopped] });
  const answerShare = hold(connection, "doorwatch/share/cancel");
  const answerDelete = hold(connection, "doorwatch/clips/delete");
  await userEvent.click(button("Review again"));
  await userEvent.click(button("Delete"));
  element.clipId = "clip-2";
  await expect.element(heading).toHaveTextContent(/^Ring/);
  answerShare();
  answerDelete();
  await expect.poll(() => words.at(-1)?.text).toBe("Clip deleted");
  expect(element.clipId).toBe("clip-2");
  expect(dialog.query()).toBeNull();
});

test("words in place of the video have all the room that they need", async () => {
  addPseudoLanguages();
  await page.viewport(390, 844);
  const { element, connection, home } = open("clip-0", "hevc");
  home.provider.set(makeHass(connection, "hevc", "en-XA"));
  const player = (): Element | null =>
    element.renderRoot.querySelector("doorwatch-clip-player[offering]");
  await expect.poll(() => player()?.shadowRoot?.textContent).toMatch(/ë/);
  const frame = player()?.getBoundingClientRect();
  for (const words of player()?.shadowRoot?.querySelectorAll("strong, p, button") ??
    []) {
    const { top, bottom } = words.getBoundingClientRect();
    expect(top).toBeGreaterThanOrEqual(frame?.top ?? Infinity);
    expect(bottom).toBeLessThanOrEqual(frame?.bottom ?? 0);
  }
  // The elements below do not move.
  const below = element.renderRoot.querySelector(".steps")?.getBoundingClientRect();
  expect(below?.top).toBeGreaterThanOrEqual(frame?.bottom ?? Infinity);
});
