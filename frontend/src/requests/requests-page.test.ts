import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { MockConnection } from "../../mock/hass.ts";
import { feed, request } from "../../mock/requests.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { SHARES } from "../../mock/shares.ts";
import { NO_REQUESTS } from "../api/home-feed.ts";
import type { Doorbell, RequestsState } from "../api/commands.ts";
import type { Word } from "../ui/snackbar.ts";
import { RequestsPage } from "./requests-page.ts";

const DOORBELLS: Doorbell[] = ["Front door", "Garden gate"].map((name, index) => ({
  doorbell_id: `doorbell-${index + 1}`,
  name,
  camera_entity_id: null,
  connected: true,
  records: true,
  detection: "on",
  sleeps: false,
  may_share: true,
  may_control: true,
}));

beforeEach(() => (document.title = "Home"));

/** Show it as the panel does, with updates. */
function open(state: string, asked?: RequestsPage["asked"]) {
  const home = new MockConnection(state);
  const element = new RequestsPage();
  const told: Word[] = [];
  Object.assign(element, {
    asked,
    status: "ready",
    doorbells: DOORBELLS,
    shares: SHARES.map((one) => ({ ...one, cancelUntil: null })),
  });
  home.requests.hear((requests) => (element.requests = requests as RequestsState));
  show(element, home).addEventListener("doorwatch-word", (event) =>
    told.push((event as CustomEvent<Word>).detail),
  );
  return { home, element, told };
}

const one = (requestId: string) => ({ agencyId: "agency-1", requestId });
const link = (name: string | RegExp) => page.getByRole("link", { name });
const button = (name: string | RegExp) => page.getByRole("button", { name });
const sent = (home: MockConnection, type: string) =>
  home.sent.filter((message) => message.type === type);

test("open requests come first, and lead to their own pages", async () => {
  open("requests");
  await expect
    .element(link("A bicycle was stolen"))
    .toHaveAttribute("href", "/doorwatch/requests/agency-1/2026-0417");
  await expect
    .element(link("Broken window at the school"))
    .toHaveAttribute("href", "/doorwatch/requests/agency-2/~Z2xhc3MvNyAlMmU");
  await expect.element(page.getByText("3 of your clips match.")).toBeVisible();
  await expect
    .element(page.getByText("You have no clips from that time."))
    .toBeVisible();
  await expect.element(page.getByText("It was closed.").first()).toBeVisible();
  await expect.element(page.getByText(/^It was open until yesterday/)).toBeVisible();
  await expect.element(page.getByText("Answered with 1 clip.")).toBeVisible();
  await expect.element(page.getByText(/4 other open requests/)).toBeVisible();
  await expect
    .element(page.getByText("Fingerprint not compared").first())
    .toBeInTheDocument();
  expect(document.title).toBe("Requests – Doorwatch");
});

test("a card shows the beginning of the agency's own words, as text", async () => {
  const { element } = open("requests");
  await expect
    .element(page.getByText(/^Somebody took a red bicycle .* white van\?$/).first())
    .toBeVisible();
  const card = [...element.renderRoot.querySelectorAll("li.card")].find((one) =>
    one.textContent.includes("onerror"),
  );
  expect(card?.querySelector("img, script")).toBeNull();
  expect(card?.querySelector(".text")?.textContent.length).toBeLessThan(200);
});

test("one that is not valid is folded away, with what it lacks", async () => {
  open("requests");
  const lack = page.getByText("It doesn't name a case.");
  await expect.element(lack).not.toBeVisible();
  await userEvent.click(page.getByText("1 request isn't valid"));
  await expect.element(lack).toBeVisible();
});

test("feeds that are out of date, or refused, say why", async () => {
  const { element } = open("requests");
  const lines = () =>
    [...element.renderRoot.querySelectorAll(".problems li")].map((one) =>
      one.textContent.replace(/\s+/g, " "),
    );
  await expect
    .poll(lines)
    .toStrictEqual([
      expect.stringMatching(/Elm Street block association .* is out of date\. What/),
      expect.stringMatching(/County Sheriff .* is older .* Nothing from it is shown/),
    ]);
});

test("what is hidden goes, can be taken back, and is shown when it is wanted", async () => {
  const { told } = open("requests");
  await userEvent.click(button("Hide: A bicycle was stolen"));
  await expect.element(link("A bicycle was stolen")).not.toBeInTheDocument();
  expect(told.at(-1)?.text).toBe("Hidden for you");
  told.at(-1)?.undo?.();
  await expect.element(link("A bicycle was stolen")).toBeVisible();
  await userEvent.click(button("Show hidden (1)"));
  await userEvent.click(button("Unhide: Graffiti on a wall"));
  await expect.element(button(/^Show hidden/)).not.toBeInTheDocument();
  await expect.element(link("Graffiti on a wall")).toBeVisible();
});

test("one agency's thousand requests bury nobody else's", async () => {
  const { home, element } = open("no-agency");
  const flood = Array.from({ length: 1_000 }, (_, number) =>
    request({ request_id: `flood-${number}`, title: `Flood ${number}`, clips: 0 }),
  );
  const other = request({
    agency_id: "agency-2",
    agency: "Neighbourhood Office",
    title: "Broken window",
    begins: "2020-01-01T00:00:00Z",
  });
  home.requests.tell({
    requests: [...flood, other],
    feeds: [feed(), feed({ agency_id: "agency-2", agency: "Neighbourhood Office" })],
  });
  await element.updateComplete;
  expect(element.renderRoot.querySelectorAll("*").length).toBeLessThan(1_000);
  // Matches come first, however old they are.
  const titles = (): string[] =>
    [...element.renderRoot.querySelectorAll(":is(h3, h4) bdi")].map((one) =>
      one.textContent.trim(),
    );
  expect(titles().slice(0, 3)).toStrictEqual([
    "Neighbourhood Office",
    "Broken window",
    "Police of Sample Town",
  ]);
  expect(titles().length).toBe(13);
  await userEvent.click(button("Show 10 more"));
  expect(titles().length).toBe(23);
  await expectFocus(link("Flood 10"));
  await userEvent.click(button("Hide all of this agency: Police of Sample Town"));
  expect(sent(home, "doorwatch/requests/hide_agency")).toStrictEqual([
    expect.objectContaining({ agency_id: "agency-1", hidden: true }),
  ]);
  await expect.poll(titles).toStrictEqual(["Neighbourhood Office", "Broken window"]);
  await userEvent.click(button(/^Show hidden/));
  await expect.element(button(/^Hide: Flood/)).not.toBeInTheDocument();
  await userEvent.click(button("Unhide this agency: Police of Sample Town"));
  await expect.element(button("Hide: Flood 0")).toBeVisible();
});

test("bulletins are told beside them, and nobody can answer one", async () => {
  open("requests");
  const list = page.getByRole("heading", { name: "Bulletins" });
  await expect.element(list).toBeVisible();
  await expect
    .element(page.getByText("Car windows broken in Elm Street"))
    .toBeVisible();
  await userEvent.click(page.getByText("Show area").first());
  await expect
    .element(page.getByRole("img", { name: /^Sketch of the area/ }))
    .toBeVisible();
  expect(button(/^Answer/).elements()).toStrictEqual([]);
  await userEvent.click(button("Hide: Dog found"));
  await expect.element(page.getByText("Dog found")).not.toBeInTheDocument();
});

test("a request says all that it asks, word for word, and makes no link of it", async () => {
  const { element } = open("requests", one("2026-0417"));
  // The clips come first, the rest is folded away.
  await expect.element(page.getByText("INV-77")).not.toBeVisible();
  const sections = [...element.renderRoot.querySelectorAll("h2, summary")];
  expect(sections.map((each) => each.textContent.trim())).toStrictEqual([
    "Matching clips",
    "Full request",
    "Show area",
  ]);
  await userEvent.click(page.getByText("Full request"));
  await expect.element(page.getByText("INV-77")).toBeVisible();
  const said = () => element.renderRoot.querySelector("dl")?.textContent ?? "";
  await expect.poll(said).toContain("Police of Sample Town");
  for (const words of [
    "Fingerprint compared",
    "Theft, article 310",
    "PL1300-2026-0417",
    "INV-77",
    "Person, Vehicle",
    "desk@police.sample-town.example, 0123 456 789",
    "Used for this case only.",
  ])
    await expect.poll(said).toContain(words);
  expect(element.renderRoot.querySelectorAll("dl a").length).toBe(0);
  expect(document.title).toBe("A bicycle was stolen – Doorwatch");
});

test("hostile text stays text", async () => {
  const { element } = open("requests", one("hostile"));
  await expect
    .element(page.getByRole("heading", { level: 1 }))
    .toHaveTextContent('<img src=x onerror="document.title=1">');
  expect(element.renderRoot.querySelectorAll("img, script, dl a").length).toBe(0);
  expect(document.title).not.toBe("1");
});

test("a clip is answered with in the dialog of sharing, bound to the request", async () => {
  const { home } = open("requests", one("2026-0417"));
  await userEvent.click(button(/^Answer with the clip/).first());
  await expect
    .element(page.getByRole("dialog", { name: "Trim the clip" }))
    .toHaveTextContent("Answers the request: A bicycle was stolen");
  await userEvent.click(button("Next"));
  await userEvent.click(button("Skip"));
  await userEvent.click(button("Review"));
  await expect
    .poll(() => sent(home, "doorwatch/share/prepare")[0])
    .toMatchObject({
      clip_id: "clip-0",
      agency_id: "agency-1",
      request_id: "2026-0417",
      case_reference: "PL1300-2026-0417",
    });
});

test("what was shared for it says how it stands, and leads to its clip", async () => {
  open("requests", one("answered"));
  await expect
    .element(page.getByText("Delivered to Police of Sample Town"))
    .toBeVisible();
  await expect
    .element(link(/^Ring, .*, Garden gate$/).first())
    .toHaveAttribute("href", "/doorwatch/clip/clip-0");
  await expect
    .element(link("All shared clips"))
    .toHaveAttribute("href", "/doorwatch/shared");
});

test.each([
  ["closed", "It was closed."],
  ["over", /^It was open until/],
  ["lacking", /This isn't a valid request/],
])("one that is %s says so, and cannot be answered", async (id, words) => {
  const { home } = open("requests", one(id));
  await expect.element(page.getByText(words)).toBeVisible();
  expect(button(/^Answer/).elements()).toStrictEqual([]);
  expect(sent(home, "doorwatch/requests/clips")).toStrictEqual([]);
});

test("a request that is gone, or is about other doors, says so without telling which", async () => {
  open("requests", one("nowhere"));
  await expect
    .element(page.getByText(/is no longer here, or doesn't concern/))
    .toBeVisible();
  await expect
    .element(link("All requests"))
    .toHaveAttribute("href", "/doorwatch/requests");
});

test("without an agency, without a request and without a place it says what to do", async () => {
  open("no-agency");
  await expect.element(page.getByText("No agency or group is set up.")).toBeVisible();
  await expect.element(link("Add an agency or a group")).toBeVisible();
  open("clips");
  await expect.element(page.getByText(/^There are no requests for/)).toBeVisible();
  open("no-place");
  await expect
    .element(page.getByText(/doesn't know where its doors are/))
    .toHaveTextContent(/a location for the doorbells only .* household's options/);
});

test("before anything was fetched it says when the home looks", async () => {
  open("not-yet");
  await expect
    .element(page.getByText("Nothing from an agency or a group has arrived yet."))
    .toBeVisible();
  await expect
    .element(page.getByText(/^Doorwatch checks about every 12 hours/))
    .toBeVisible();
  await expect.element(page.getByText(/^Nothing is asked/)).not.toBeInTheDocument();
});

test("nothing is said before anything is known", async () => {
  const { element } = open("no-agency");
  Object.assign(element, { status: "loading", requests: NO_REQUESTS });
  await expect.element(page.getByText("Loading…")).toBeVisible();
});
