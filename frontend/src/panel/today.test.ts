import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defineCameraStream } from "../../mock/camera-stream.ts";
import { clip, makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus } from "../../mock/show.ts";
import { DoorwatchPanel } from "./panel.ts";

defineCameraStream();

const here = location.pathname + location.search;

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, "", "/doorwatch");
});
afterEach(() => {
  document.body.replaceChildren();
  history.replaceState(null, "", here);
});

function show(state = "clips") {
  const connection = new MockConnection(state);
  const panel = new DoorwatchPanel();
  panel.hass = makeHass(connection, state);
  panel.style.height = "800px";
  document.body.replaceChildren(panel);
  return { panel, connection };
}

const today = (panel: DoorwatchPanel) =>
  panel.renderRoot.querySelector("doorwatch-today");
const list = (panel: DoorwatchPanel) =>
  today(panel)?.renderRoot.querySelector("doorwatch-clip-list");
const scroller = (panel: DoorwatchPanel) =>
  today(panel)?.renderRoot.querySelector<HTMLElement>(".scroll");
const count = (panel: DoorwatchPanel) => list(panel)?.clips.length ?? 0;
const remove = () => page.getByRole("button", { name: /^Delete the clip from/ });

test("a clip is deleted at one press, and comes back at the next", async () => {
  const { panel } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  const before = count(panel);
  const name = remove().first().element().getAttribute("aria-label") ?? "";
  await userEvent.click(page.getByRole("button", { name }));
  await expect.poll(() => count(panel)).toBe(before - 1);
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => count(panel)).toBe(before);
  await expect.element(page.getByText("Clip restored")).toBeVisible();
});

test("who deletes by keyboard and closes the word goes on at the clip in its place", async () => {
  const { panel } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  const links = page.getByRole("link", { name: /^Length/ });
  const after = links.nth(3).element().getAttribute("href");
  (links.nth(2).element() as HTMLElement).focus();
  await userEvent.keyboard("{Delete}");
  await expectFocus(page.getByRole("button", { name: "Undo" }));
  await userEvent.keyboard("{Tab}{Enter}");
  await expectFocus(links.nth(2));
  expect(links.nth(2).element().getAttribute("href")).toBe(after);
});

test("clips are narrowed down to what the cameras say that they saw", async () => {
  const { panel } = show();
  await userEvent.click(page.getByRole("button", { name: "Packages" }));
  await expect.poll(() => location.search).toBe("?label=package");
  await expect.poll(() => count(panel)).toBe(1);
  const said = /Ring, with a package/;
  await expect.element(page.getByRole("link", { name: said })).toBeInTheDocument();
});

test("what is typed stays as it is, and does not lead back from another page", async () => {
  const { panel, connection } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  await userEvent.click(page.getByRole("button", { name: "Search" }));
  const field = page.getByRole("searchbox");
  const chips = () =>
    connection.sent.filter((one) => one.type === "doorwatch/clips/facets").length;
  await expect.poll(chips).toBe(1);
  await userEvent.type(field, "ring ");
  await expect.poll(() => location.search).toBe("?q=ring");
  await expect.element(field).toHaveValue("ring ");
  // Chips do not depend on the search.
  expect(chips()).toBe(1);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    await field.fill("rings");
    history.pushState(null, "", "/doorwatch/clip/clip-1");
    window.dispatchEvent(new CustomEvent("location-changed"));
    await panel.updateComplete;
    await today(panel)?.updateComplete;
    vi.advanceTimersByTime(1_000);
  } finally {
    vi.useRealTimers();
  }
  expect(location.pathname).toBe("/doorwatch/clip/clip-1");
});

test("a day whose end the home cannot tell yet is asked about again", async () => {
  history.replaceState(null, "", "/doorwatch?day=2026-11-24");
  const { panel, connection } = show();
  const send = connection.sendMessagePromise.bind(connection);
  let failing = true;
  connection.sendMessagePromise = async (message) => {
    if (failing && message.type === "doorwatch/day")
      throw { code: "not_ready", message: "Not yet" };
    return send(message);
  };
  const retry = page.getByRole("button", { name: "Try again" });
  await expect.element(retry).toBeVisible();
  failing = false;
  await userEvent.click(retry);
  await expect.element(retry).not.toBeInTheDocument();
  await expect.poll(() => today(panel)?.renderRoot.textContent).toContain("Show newer");
});

test("a protected clip is deleted only after a question", async () => {
  const { panel, connection } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  await userEvent.click(remove().nth(1));
  const question = page.getByRole("dialog", { name: "Delete this clip?" });
  await expect.element(question).toBeVisible();
  expect(connection.sent.some((one) => one.type === "doorwatch/clips/delete")).toBe(
    false,
  );
  await userEvent.click(page.getByRole("button", { name: "Delete", exact: true }));
  await expect
    .poll(() => connection.sent.some((one) => one.type === "doorwatch/clips/delete"))
    .toBe(true);
});

test("arrow keys go from clip to clip, and Enter opens the page of one", async () => {
  const { panel } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  const links = page.getByRole("link", { name: /^Length/ });
  (links.first().element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  await expectFocus(links.nth(1));
  await userEvent.keyboard("{Enter}");
  expect(location.pathname).toBe("/doorwatch/clip/clip-1");
  history.back();
  await expectFocus(links.nth(1));
});

test("arrow keys go on from a clip that was opened, and back leads to where the list was", async () => {
  const { panel } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  scroller(panel)?.scrollTo(0, 3_000);
  const middle = page.getByRole("link", { name: /^Length/ }).nth(8);
  const at = () => scroller(panel)?.scrollTop;
  await userEvent.click(middle);
  const before = location.pathname;
  await expect.element(page.getByRole("button", { name: "Older" })).toBeVisible();
  await expect
    .element(page.getByRole("button", { name: "Older" }))
    .toHaveAttribute("aria-disabled", "false");
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  await expect.poll(() => location.pathname).not.toBe(before);
  history.back();
  await expect.element(middle).toBeVisible();
  await expect.poll(at).toBeGreaterThan(1_000);
});

test("another day is read from its beginning, however far the list was scrolled", async () => {
  const { panel } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  const first = () => list(panel)?.clips[0];
  const newest = first()?.clip_id;
  scroller(panel)?.scrollTo(0, 3_000);
  history.replaceState(null, "", "/doorwatch?kind=motion");
  window.dispatchEvent(new CustomEvent("location-changed"));
  await expect.poll(() => first()?.clip_id).not.toBe(newest);
  await expect
    .element(page.getByRole("link", { name: /^Length/ }).first())
    .toBeInViewport();
  await expect
    .poll(() => list(panel)?.renderRoot.querySelector("a")?.getAttribute("href"))
    .toContain(first()?.clip_id);
});

test("a clip that comes in is there at once, with a dot", async () => {
  const { panel, connection } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  const before = count(panel);
  connection.save(
    clip(100, {
      clip_id: "fresh",
      started_at: new Date(Date.now() + 1_000).toISOString(),
    }),
  );
  await expect.poll(() => count(panel)).toBe(before + 1);
  await expect.element(page.getByRole("link", { name: /New/ })).toBeInTheDocument();
});

test("what this person looked at is seen, once it was on the screen for a while", async () => {
  const { panel, connection } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  await expect
    .poll(
      () => connection.sent.find((one) => one.type === "doorwatch/seen/mark")?.["seen"],
      {
        timeout: 5_000,
      },
    )
    .toHaveProperty("doorbell-1");
});

test("thousands of clips are scrolled through with few elements", async () => {
  const { panel } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  const scroll = scroller(panel);
  await expect
    .poll(
      () => {
        scroll?.scrollBy(0, 20_000);
        return count(panel);
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(5_000);
  scroll?.scrollTo(0, scroll.scrollHeight);
  await expect
    .element(page.getByRole("link", { name: /^Length/ }).last())
    .toBeVisible();
  expect(nodes(panel)).toBeLessThan(6_000);
}, 30_000);

function nodes(root: Element | ShadowRoot): number {
  let found = 0;
  for (const one of root.querySelectorAll("*")) {
    found += 1 + (one.shadowRoot ? nodes(one.shadowRoot) : 0);
  }
  return (
    found + (root instanceof Element && root.shadowRoot ? nodes(root.shadowRoot) : 0)
  );
}

test("what is read stays where it is while a clip comes in above it", async () => {
  const { panel, connection } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  const scroll = scroller(panel);
  scroll?.scrollTo(0, 3_000);
  await expect.poll(() => scroll?.scrollTop).toBe(3_000);
  const shown = () =>
    [...(list(panel)?.renderRoot.querySelectorAll("li") ?? [])].find(
      (one) => one.getBoundingClientRect().top > 200,
    );
  await expect.poll(shown).toBeTruthy();
  await new Promise(requestAnimationFrame);
  const one = shown();
  const before = one?.getBoundingClientRect().top;
  connection.save(
    clip(9_999, { started_at: new Date(Date.now() + 1_000).toISOString() }),
  );
  await expect.poll(() => count(panel) % 10).toBe(1);
  await list(panel)?.updateComplete;
  expect(one?.isConnected).toBe(true);
  expect(one?.getBoundingClientRect().top).toBe(before);
});

test("from a day in the past on, newer clips come at a press", async () => {
  const day = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
  history.replaceState(null, "", `/doorwatch?day=${day}`);
  const { panel } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  expect((list(panel)?.clips[0]?.started_at ?? "9") < `${day}T23`).toBe(true);
  const before = count(panel);
  await userEvent.click(page.getByRole("button", { name: "Show newer clips" }));
  await expect.poll(() => count(panel)).toBeGreaterThan(before);
});

test("words are searched for by the home", async () => {
  const { panel, connection } = show();
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
  await userEvent.click(page.getByRole("button", { name: "Search" }));
  await userEvent.fill(
    page.getByRole("searchbox", { name: "Search clips" }),
    "nobody ",
  );
  await expect.element(page.getByText("No clips match")).toBeVisible();
  expect(location.search).toBe("?q=nobody");
  expect(connection.sent.some((one) => one["query"] === "nobody")).toBe(true);
  await userEvent.click(page.getByRole("button", { name: "Show all clips" }));
  await expect.poll(() => count(panel)).toBeGreaterThan(6);
});

test("a day is chosen by the bar, and the timeline shows it", async () => {
  const { panel } = show("many");
  await expect.poll(() => count(panel)).toBeGreaterThan(50);
  const timeline = () =>
    today(panel)
      ?.renderRoot.querySelector("doorwatch-day-view")
      ?.renderRoot.querySelector("doorwatch-timeline");
  await expect.poll(() => timeline()?.day.day).toBeTruthy();
  const before = timeline()?.day.day ?? "";
  await userEvent.click(page.getByRole("button", { name: "Previous day" }));
  await expect.poll(() => location.search).toMatch(/^\?day=/);
  await expect.poll(() => timeline()?.day.day).not.toBe(before);
  await expect
    .poll(() => (list(panel)?.clips[0]?.started_at ?? "9").slice(0, 10) <= before)
    .toBe(true);
  history.back();
  await expect.poll(() => timeline()?.day.day).toBe(before);
});

test("who looks reads of clips with a time in the future, and finds them", async () => {
  show("ahead");
  await userEvent.click(page.getByRole("button", { name: "2 notices" }));
  const line = page.getByRole("link", {
    name: "2 clips have a time in the future, because the clock was ahead",
  });
  await expect.element(line).toHaveAttribute("href", "/doorwatch?day=2999-12-31");
});

test("in a home without clips only the way to the first one stands there", async () => {
  const { panel } = show("empty");
  await expect
    .element(page.getByRole("button", { name: "Record a test clip at Front door" }))
    .toBeVisible();
  expect(today(panel)?.renderRoot.querySelector("doorwatch-day-view")).toBeNull();
  expect(page.getByRole("button", { name: "Search" }).elements()).toHaveLength(0);
});

test("the first clip plays in place of the list until the person goes on", async () => {
  const { panel, connection } = show("walk");
  const walk = page.getByRole("heading", { name: "Walk to your door" });
  await expect.element(walk).toBeVisible();
  expect(today(panel)?.renderRoot.querySelector("doorwatch-still")).toBeNull();
  connection.save(clip(0));
  const records = page.getByRole("heading", { name: "Your doorbell records" });
  await expect.element(records).toBeVisible();
  connection.save(clip(1));
  expect(count(panel)).toBe(0);
  await userEvent.click(page.getByRole("button", { name: "Go to Today" }));
  await expect.poll(() => count(panel)).toBe(2);
  await expectFocus(page.getByRole("link", { name: /^Length/ }).first());
  expect(today(panel)?.renderRoot.querySelector("doorwatch-still")).not.toBeNull();
});

test("the button Live of a notification leads to the doorbell as it is now, once", async () => {
  history.replaceState(null, "", "/doorwatch?doorbell=doorbell-2&live=1");
  show();
  await expect
    .element(page.getByRole("button", { name: "End live view, Garden gate" }))
    .toBeVisible();
  await expect.poll(() => location.search).toBe("?doorbell=doorbell-2");
});

test("a clip is opened at the moment to which the timeline was dragged", async () => {
  const { panel } = show();
  const timeline = () =>
    today(panel)
      ?.renderRoot.querySelector("doorwatch-day-view")
      ?.renderRoot.querySelector("doorwatch-timeline");
  await expect.poll(timeline).toBeTruthy();
  const open = (detail: object): void => {
    timeline()?.dispatchEvent(new CustomEvent("timeline-open", { detail }));
  };
  open({ clip_id: "clip-1", at: 7.5 });
  expect(location.pathname + location.hash).toBe("/doorwatch/clip/clip-1#t=7.5");
  open({ clip_id: "clip-1" });
  expect(location.hash).toBe("");
});
