import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import type { CardConfig } from "../editors/card-form.ts";
import { DoorwatchCard } from "./card.ts";

function show(state: string, config: Partial<CardConfig> = {}) {
  const connection = new MockConnection(state);
  const card = new DoorwatchCard();
  card.setConfig({ type: "custom:doorwatch-card", ...config });
  card.hass = makeHass(connection, state);
  document.body.replaceChildren(card);
  return { card, connection };
}

const clips = (card: DoorwatchCard): string[] =>
  [...card.renderRoot.querySelectorAll("doorwatch-clip")].map(
    (one) => one.clip.clip_id,
  );
const link = (name: string | RegExp) => page.getByRole("link", { name });

test("the doors and the latest clips are there, and lead to the panel", async () => {
  const { card } = show("clips");
  await expect
    .poll(() => clips(card))
    .toStrictEqual(["clip-0", "clip-1", "clip-2", "clip-3"]);
  await expect
    .element(link(/^Ring .* Front door$/).first())
    .toHaveAttribute("href", "/doorwatch/clip/clip-0");
  for (const name of ["Front door", "Garden gate"]) {
    const still = page.getByRole("button", { name: `${name}: open live view` });
    await expect.element(still).toBeVisible();
  }
  // Only the panel has this button.
  expect(page.getByRole("button", { name: /Record now/ }).query()).toBeNull();
  await expect.element(link("All clips")).toHaveAttribute("href", "/doorwatch");
});

test("what comes is shown, and what is too much for the card is not", async () => {
  const { card, connection } = show("clips", { limit: 2 });
  await expect.poll(() => clips(card)).toStrictEqual(["clip-0", "clip-1"]);
  const now = new Date().toISOString();
  connection.save(clip(0, { clip_id: "clip-new", started_at: now }));
  await expect.poll(() => clips(card)).toStrictEqual(["clip-new", "clip-0"]);
});

test("what comes together with another state of the home is shown", async () => {
  const { card, connection } = show("clips");
  await expect.poll(() => clips(card)).toHaveLength(4);
  const now = new Date().toISOString();
  if (card.hass) card.hass = { ...card.hass };
  connection.save(clip(0, { clip_id: "clip-new", started_at: now }));
  await expect.poll(() => clips(card)[0]).toBe("clip-new");
  if (card.hass) card.hass = { ...card.hass };
  for (const still of card.renderRoot.querySelectorAll("doorwatch-still"))
    Object.defineProperty(still, "wanted", { value: true });
  card.renderRoot
    .querySelector("doorwatch-still")
    ?.dispatchEvent(new CustomEvent("live-changed", { bubbles: true, composed: true }));
  await expect
    .element(page.getByRole("button", { name: "End all live views" }))
    .toBeVisible();
});

test("a card of one doorbell is about that alone", async () => {
  const { card, connection } = show("clips", { entity: "camera.doorbell_2" });
  await expect
    .element(link("All clips"))
    .toHaveAttribute("href", "/doorwatch?doorbell=doorbell-2");
  const listed = connection.sent.find(({ type }) => type === "doorwatch/clips/list");
  expect(listed?.["doorbell_id"]).toBe("doorbell-2");
  expect(card.renderRoot.querySelectorAll("doorwatch-still").length).toBe(1);
});

test("one line says what is shared and proposed, and leads there", async () => {
  show("shares");
  await expect
    .element(link(/^2 shares are in progress. 2 shares need your attention.$/))
    .toHaveAttribute("href", "/doorwatch/shared");
  show("proposal");
  await expect.element(link("1 clip was suggested for sharing.")).toBeVisible();
});

test("another line says that requests fit, and leads to them", async () => {
  show("one-request");
  await expect
    .element(link("1 request matches your clips."))
    .toHaveAttribute("href", "/doorwatch/requests");
});

test("what is being recorded is marked", async () => {
  show("recording");
  await expect.element(page.getByText("Recording", { exact: true })).toBeVisible();
});

test("a camera that is no doorbell's, a lost home and no clips are told", async () => {
  show("clips", { entity: "camera.tree" });
  await expect
    .element(page.getByText("The selected camera isn't a Doorwatch doorbell."))
    .toBeVisible();
  const { card, connection } = show("empty");
  await expect.element(page.getByText("No clips yet")).toBeVisible();
  connection.connected = false;
  card.hass = makeHass(connection, "empty");
  await expect.element(page.getByText(/Connection to Home Assistant/)).toBeVisible();
});
