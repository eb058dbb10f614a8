import { afterEach, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { clip } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import type { Clip } from "../api/commands.ts";
import { pictures } from "../clips/pictures.ts";
import { ClipList } from "./clip-list.ts";

const root = document.documentElement;

afterEach(() => {
  root.style.fontSize = "";
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

/** The list in a scroll container, as wide as on a phone. */
async function listOf(clips: readonly Clip[], above?: HTMLElement) {
  const list = new ClipList();
  const scroller = document.createElement("div");
  scroller.style.cssText = "width: 358px; height: 600px; overflow-y: auto";
  scroller.append(...(above ? [above] : []), list);
  list.clips = clips;
  list.scroller = scroller;
  list.doorbellId = clips[0]?.doorbell_id;
  show(scroller);
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
