import { LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { afterEach, expect, test, vi } from "vitest";
import { OnScreen } from "./on-screen.ts";

@customElement("test-on-screen")
class Tile extends LitElement {
  came = 0;
  readonly onScreen = new OnScreen(this, () => (this.came += 1));
}

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

test("an element is on the screen once it is scrolled there", async () => {
  const tile = new Tile();
  tile.style.display = "block";
  tile.style.marginTop = "5000px";
  tile.style.height = "10px";
  document.body.replaceChildren(tile);
  await tile.updateComplete;
  expect([tile.onScreen.now, tile.came]).toStrictEqual([false, 0]);
  tile.scrollIntoView();
  await expect.poll(() => tile.onScreen.now).toBe(true);
  expect(tile.came).toBe(1);
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  expect(tile.onScreen.now).toBe(false);
});
