import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { film } from "../../mock/film.ts";
import { clip, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Clip } from "../api/commands.ts";
import { pictures } from "../clips/pictures.ts";
import { ClipList } from "./clip-list.ts";

const root = document.documentElement;

afterEach(() => {
  root.style.fontSize = "";
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

const play = page.getByRole("button", { name: /^Play / });
const pause = page.getByRole("button", { name: /^Pause / });

/** A video that never has enough data, and so never ends. */
const endless = (): string => URL.createObjectURL(new MediaSource());

const playersOf = (list: ClipList): HTMLElement[] => [
  ...list.renderRoot.querySelectorAll<HTMLElement>("doorwatch-inline-player"),
];

/** The list in a scroll container, as wide as on a phone. */
async function listOf(
  clips: readonly Clip[],
  above?: HTMLElement,
  connection = new MockConnection("clips"),
) {
  const list = new ClipList();
  const scroller = document.createElement("div");
  scroller.style.cssText = "width: 358px; height: 600px; overflow-y: auto";
  scroller.append(...(above ? [above] : []), list);
  list.clips = clips;
  list.scroller = scroller;
  list.doorbellId = clips[0]?.doorbell_id;
  show(scroller, connection);
  await expect.element(page.getByRole("listitem").first()).toBeVisible();
  // By then it knows its width.
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return { list, scroller };
}

test.for([16, 24])(
  "all that a clip is of is said on a phone, with letters of %i px",
  async (size) => {
    root.style.fontSize = `${size}px`;
    const { list } = await listOf([
      clip(1, { kinds: ["motion", "manual"], labels: ["person", "package"] }),
    ]);
    const words = list.renderRoot.querySelector(".kind .rest") as HTMLElement;
    const item = list.renderRoot.querySelector("li") as HTMLElement;
    expect(words.textContent).toBe("Person with a package");
    expect(words.scrollWidth).toBeLessThanOrEqual(words.clientWidth);
    expect(words.scrollHeight).toBeLessThanOrEqual(words.clientHeight);
    const time = list.renderRoot.querySelector(".line") as HTMLElement;
    expect(time.textContent).toContain("Recorded by hand");
    const { bottom } = time.getBoundingClientRect();
    expect(bottom).toBeLessThanOrEqual(item.getBoundingClientRect().bottom);
    const icon = list.renderRoot.querySelector(".kind .icon") as Element;
    expect(icon.getBoundingClientRect().width).toBe((18 * size) / 16);
  },
);

test("how far it was scrolled is told to those that fetch its pictures", async () => {
  const told = vi.spyOn(pictures, "scrolled").mockReturnValue();
  const { scroller } = await listOf(Array.from({ length: 60 }, (_, at) => clip(at)));
  scroller.scrollTop = 60;
  await expect.poll(() => scroller.scrollTop).toBeGreaterThan(0);
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  told.mockClear();
  scroller.scrollTop += 300;
  await expect.poll(() => told.mock.calls).toStrictEqual([[0.5]]);
});

test("while scrolling the browser is not asked where anything is", async () => {
  const { list, scroller } = await listOf(
    Array.from({ length: 90 }, (_, at) => clip(at)),
  );
  const inWords = (): string => list.renderRoot.textContent;
  const before = inWords();
  const asked = vi.spyOn(Element.prototype, "getBoundingClientRect");
  const styles = vi.spyOn(window, "getComputedStyle");
  scroller.scrollTop = 3_000;
  await expect.poll(inWords).not.toBe(before);
  expect(asked).not.toHaveBeenCalled();
  expect(styles).not.toHaveBeenCalled();
});

test("a list that something above it moved knows what of it is on the screen", async () => {
  const above = document.createElement("div");
  const { list } = await listOf([clip(0), clip(1)], above);
  const shown: boolean[] = [];
  list.addEventListener("newest-shown", (event) => {
    shown.push((event as CustomEvent<boolean>).detail);
  });
  const latest = (): boolean | undefined => shown.at(-1);
  above.style.height = "3000px";
  await expect.poll(latest).toBe(false);
  above.style.height = "0";
  await expect.poll(latest).toBe(true);
});

test("a clip that changed is drawn anew, the others stay as they are", async () => {
  const clips = [clip(0), clip(1)].map((one) => ({ ...one, protected: false }));
  const { list } = await listOf(clips);
  await expect.element(page.getByText("Protected")).not.toBeInTheDocument();
  list.clips = clips.map((one, at) => ({ ...one, protected: at === 1 }));
  await expect.element(page.getByText("Protected")).toBeInTheDocument();
});

/** A list of clips that all have this video. */
async function filmed(count: number, source: () => string) {
  const connection = new MockConnection("clips");
  connection.film = source;
  const clips = Array.from({ length: count }, (_, at) => clip(at));
  return listOf(clips, undefined, connection);
}

test("a clip plays in place of its image, and its image returns at the end", async () => {
  const source = await film();
  const { list } = await filmed(2, () => source);
  const image = list.renderRoot.querySelector("doorwatch-thumbnail");
  const before = image?.getBoundingClientRect();
  const button = play.first();
  const { width, height } = button.element().getBoundingClientRect();
  expect([width, height]).toStrictEqual([44, 44]);
  await userEvent.click(button);
  await expect.element(pause).toBeVisible();
  const [player] = playersOf(list);
  expect(player?.getBoundingClientRect()).toEqual(before);
  expect(image?.getBoundingClientRect()).toEqual(before);
  await expect.poll(() => playersOf(list)).toHaveLength(0);
  expect(play.elements()).toHaveLength(2);
});

test("it is paused by key, without losing the focus, and Escape ends it", async () => {
  const { list } = await filmed(2, endless);
  (play.first().element() as HTMLElement).focus();
  await userEvent.keyboard("{Enter}");
  await expectFocus(pause);
  await userEvent.keyboard("{Enter}");
  await expectFocus(play.first());
  expect(playersOf(list)).toHaveLength(1);
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => playersOf(list)).toHaveLength(0);
  await expectFocus(play.first());
});

test("one clip plays at a time, while it is visible", async () => {
  const { list, scroller } = await filmed(60, endless);
  await userEvent.click(play.first());
  await expect.poll(() => playersOf(list)).toHaveLength(1);
  const [first] = playersOf(list);
  await userEvent.click(play.nth(1));
  await expect.poll(() => first?.isConnected).toBe(false);
  await expect.poll(() => playersOf(list)).toHaveLength(1);
  scroller.scrollTop = 400;
  await expect.poll(() => playersOf(list)).toHaveLength(0);
});

test("a clip ends when its list is hidden, also if it was half scrolled out", async () => {
  const { list, scroller } = await filmed(1, endless);
  await userEvent.click(play);
  await expect.poll(() => playersOf(list)).toHaveLength(1);
  scroller.style.height = "60px";
  scroller.scrollTop = 70;
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  expect(scroller.scrollTop).toBe(70);
  expect(playersOf(list)).toHaveLength(1);
  scroller.hidden = true;
  await expect.poll(() => playersOf(list)).toHaveLength(0);
});

test("the focus goes from its sound to its play button when it ends", async () => {
  const { list, scroller } = await filmed(60, endless);
  const sound = page.getByRole("button", { name: /^Unmute, / });
  const first = play.first().element() as HTMLElement;
  const playWithSound = async (): Promise<void> => {
    first.click();
    await expect.element(sound).toBeVisible();
    (sound.element() as HTMLElement).focus();
  };
  await playWithSound();
  await userEvent.keyboard("{Escape}");
  await expect.poll(() => playersOf(list)).toHaveLength(0);
  await expectFocus(play.first());
  await playWithSound();
  scroller.scrollTop = 400;
  await expect.poll(() => playersOf(list)).toHaveLength(0);
  expect(list.shadowRoot?.activeElement).toBe(first);
  expect(scroller.scrollTop).toBe(400);
});

test("clips that are chosen don't play", async () => {
  const { list } = await filmed(2, endless);
  await userEvent.click(play.first());
  await expect.poll(() => playersOf(list)).toHaveLength(1);
  list.chosen = new Set();
  await expect.poll(() => playersOf(list)).toHaveLength(0);
  expect(play.elements()).toHaveLength(0);
  list.chosen = undefined;
  await expect.poll(() => play.elements()).toHaveLength(2);
  expect(playersOf(list)).toHaveLength(0);
});
