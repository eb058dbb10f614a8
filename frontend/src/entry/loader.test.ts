import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import "./loader.ts";

test("the card is in the card picker, and suggested for the camera of a doorbell", () => {
  const [listed] = window.customCards ?? [];
  expect(listed?.name).toBe("Doorwatch clips");
  const hass = {
    ...makeHass(new MockConnection("clips"), "clips"),
    entities: {
      "camera.door": { platform: "doorwatch" },
      "camera.tree": { platform: "generic" },
    },
  };
  const suggested = (entity: string) => listed?.getEntitySuggestion(hass, entity);
  expect(suggested("camera.door")?.config).toStrictEqual({
    type: "custom:doorwatch-card",
    entity: "camera.door",
  });
  expect(suggested("camera.tree")).toBeNull();
  expect(suggested("switch.door")).toBeNull();
});

test("the card picker reads the language of who opens it", () => {
  const [listed] = window.customCards ?? [];
  const home = document.createElement("home-assistant");
  document.body.append(home);
  for (const [language, name] of [
    ["de-AT", "Doorwatch-Clips"],
    ["tlh", "Doorwatch clips"],
  ] as const) {
    home.hass = { ...makeHass(new MockConnection("clips"), "clips"), language };
    expect(listed?.name).toBe(name);
  }
  home.remove();
});

test("what Home Assistant asks of a card before it is loaded is answered", async () => {
  const card = customElements.get("doorwatch-card") as unknown as {
    getStubConfig: () => object;
    getConfigForm: () => Promise<{ schema: { name: string }[] }>;
  };
  expect(card.getStubConfig()).toStrictEqual({ type: "custom:doorwatch-card" });
  const { schema } = await card.getConfigForm();
  expect(schema.map(({ name }) => name)).toContain("entity");
  expect(document.createElement("doorwatch-card").getGridOptions()).toHaveProperty(
    "columns",
  );
});

test("the card comes once it is shown, with what it was given before and after", async () => {
  const hass = makeHass(new MockConnection("clips"), "clips");
  const card = document.createElement("doorwatch-card");
  card.setConfig({ type: "custom:doorwatch-card", title: "At the door" });
  card.hass = hass;
  document.body.replaceChildren(card);
  await expect
    .element(page.getByRole("heading", { name: "At the door" }))
    .toBeVisible();
  card.setConfig({ type: "custom:doorwatch-card", title: "At the gate" });
  await expect
    .element(page.getByRole("heading", { name: "At the gate" }))
    .toBeVisible();
  card.remove();
  document.body.append(card);
  await expect
    .element(page.getByRole("heading", { name: "At the gate" }))
    .toBeVisible();
  expect(card.children.length).toBe(1);
});
