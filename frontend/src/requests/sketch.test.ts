import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectFocus, show } from "../../mock/show.ts";
import { AREA } from "../../mock/requests.ts";
import type { Door } from "../api/commands.ts";
import { mapAddress } from "./map-offer.ts";
import { AreaSketch } from "./sketch.ts";

const door = (name: string, north = 0): Door => ({
  doorbell_id: name,
  name,
  longitude: 13.4091,
  latitude: 52.5203 + north,
});

function open(doors: readonly Door[], area = AREA): AreaSketch {
  const element = new AreaSketch();
  Object.assign(element, { area, doors });
  show(element);
  return element;
}

test("the sketch says in words what it shows", async () => {
  open([door("Front door")]);
  await expect
    .element(page.getByRole("img"))
    .toHaveAccessibleName(
      /^Sketch of the area: about \d+ m from west to east, and \d+ m from south to north\. Front door: about \d+ m southwest of its center\.$/,
    );
  await expect.element(page.getByText("200 m")).toBeVisible();
  await expect.element(page.getByText("Front door")).toBeVisible();
});

test("several doors are numbered, and named beside it", async () => {
  open([door("Front door"), door("<b>Gate</b>", -0.001)]);
  const items = page.getByRole("list", { name: "Your doors" }).getByRole("listitem");
  await expect.element(items.nth(1)).toHaveTextContent("<b>Gate</b>");
});

test("an area that cannot be drawn says so", async () => {
  open([], []);
  await expect.element(page.getByText("Its area can't be drawn.")).toBeVisible();
});

test("a map is somebody else's: it is offered with who learns what, and not before", async () => {
  const element = open([door("Front door")]);
  const before = performance.getEntriesByType("resource").length;
  await userEvent.click(page.getByRole("button", { name: "Show on a map" }));
  await expectFocus(page.getByText(/OpenStreetMap Foundation/));
  const link = page.getByRole("link", { name: "Open map" });
  await expect.element(link).toHaveAttribute("target", "_blank");
  await expect.element(link).toHaveAttribute("rel", "noopener noreferrer");
  await expect
    .element(link)
    .toHaveAttribute(
      "href",
      expect.stringMatching(/^https:\/\/www\.openstreetmap\.org\/#map=/),
    );
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  await expectFocus(page.getByRole("button", { name: "Show on a map" }));
  const fetched = performance.getEntriesByType("resource").slice(before);
  expect(fetched.filter(({ name }) => name.includes("openstreetmap"))).toStrictEqual(
    [],
  );
  expect(element.renderRoot.querySelectorAll("img, iframe, image").length).toBe(0);
});

test("the address of the map names a place, in the part that stays in the browser", () => {
  expect(mapAddress(52.37312, 4.89221, 600)).toBe(
    "https://www.openstreetmap.org/#map=13/52.3731/4.8922",
  );
  expect(mapAddress(89.9999, 0, 10)).toMatch(/#map=\d+\/89\.9999\/0\.0000$/);
  expect(mapAddress(0, 0, 0.1)).toMatch(/#map=18\//);
});
