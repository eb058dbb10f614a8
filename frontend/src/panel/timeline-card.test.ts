import { expect, test } from "vitest";
import { show } from "../../mock/show.ts";
import { TimelineCard } from "./timeline-card.ts";

function card(change: Partial<TimelineCard> = {}): TimelineCard {
  const element = new TimelineCard();
  Object.assign(element, { path: "first", time: "14:03", content: "Ring", ...change });
  show(element);
  return element;
}

const words = (element: TimelineCard): string | undefined =>
  element.renderRoot.querySelector("p")?.textContent.replaceAll(/\s+/g, " ").trim();

const picture = (element: TimelineCard): string | undefined =>
  element.renderRoot.querySelector("doorwatch-thumbnail")?.path;

test("it says which clip it is, and how many more are there", async () => {
  const element = card({ doorbell: "<b>Front door</b>", others: 3 });
  await element.updateComplete;
  expect(words(element)).toBe("14:03 Ring <b>Front door</b> 3 more here");
  expect(element.renderRoot.querySelector("b")).toBeNull();
});

test("only the picture of the clip on which somebody stays is fetched", async () => {
  const element = card();
  await element.updateComplete;
  const seen: unknown[] = [picture(element)];
  element.path = "second";
  await element.updateComplete;
  seen.push(picture(element));
  await expect.poll(() => picture(element)).toBe("second");
  expect(seen).toStrictEqual(["", ""]);
});

test("the picture of a moment covers the image; without a clip, words say so", async () => {
  const element = card({
    picture: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
  });
  await element.updateComplete;
  expect(element.renderRoot.querySelector("img.moment")).not.toBeNull();
  element.path = element.picture = undefined;
  await element.updateComplete;
  expect(picture(element)).toBeUndefined();
  expect(element.renderRoot.textContent).toContain("Nothing recorded");
});
