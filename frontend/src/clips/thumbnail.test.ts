import { expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import { Thumbnail, thumbnailStyles } from "./thumbnail.ts";

const PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";

const { styleSheet } = thumbnailStyles;
if (styleSheet) document.adoptedStyleSheets.push(styleSheet);

function thumbnail(fetchWithAuth = (): Promise<Response> => fetch(PIXEL)) {
  const element = new Thumbnail();
  element.path = "/api/doorwatch/thumbnail/a";
  element.alt = "At the door";
  const connection = new MockConnection("clips");
  const home = show(element, connection);
  const fetched = vi.fn(fetchWithAuth);
  const set = (connected: boolean): void =>
    home.provider.set({
      ...makeHass(connection, "clips"),
      connected,
      fetchWithAuth: fetched,
    });
  set(true);
  return { element, fetched, set };
}

const picture = (element: Thumbnail): HTMLImageElement | null =>
  element.renderRoot.querySelector("img");

test("a picture is fetched with the login of the page, by its one address", async () => {
  const { element, fetched } = thumbnail();
  await expect.element(page.getByAltText("At the door")).toBeInTheDocument();
  expect(fetched.mock.calls.map((call: unknown[]) => call[0])).toStrictEqual([
    "/api/doorwatch/thumbnail/a",
  ]);
  expect(picture(element)?.src).toMatch(/^blob:/);
});

test("a picture that is off the screen is not fetched", async () => {
  const { element, fetched } = thumbnail();
  await expect.poll(() => fetched.mock.calls.length).toBe(1);
  const below = new Thumbnail();
  below.path = "/api/doorwatch/thumbnail/b";
  below.style.marginTop = "5000px";
  element.after(below);
  await below.updateComplete;
  await new Promise(requestAnimationFrame);
  expect(fetched.mock.calls.length).toBe(1);
  below.scrollIntoView();
  await expect.poll(() => fetched.mock.calls.length).toBe(2);
});

test("a picture that left before it was there is given up, and fetched once it is back", async () => {
  const given: (AbortSignal | null | undefined)[] = [];
  const { element, fetched } = thumbnail(((_path: string, init?: RequestInit) => {
    given.push(init?.signal);
    return given.length === 1 ? new Promise(() => undefined) : fetch(PIXEL);
  }) as () => Promise<Response>);
  await expect.poll(() => given.length).toBe(1);
  element.style.marginTop = "5000px";
  await expect.poll(() => given[0]?.aborted).toBe(true);
  element.style.marginTop = "0";
  await expect.element(page.getByAltText("At the door")).toBeInTheDocument();
  expect(fetched).toHaveBeenCalledTimes(2);
});

test("what was fetched is let go of when it leaves the page", async () => {
  const { element } = thumbnail();
  await expect.poll(() => picture(element)?.src).toMatch(/^blob:/);
  const source = picture(element)?.src ?? "";
  element.remove();
  await expect(fetch(source)).rejects.toThrow();
});

test("a picture that is refused says so, and is asked for again after a lost connection", async () => {
  let status = 404;
  const { element, set } = thumbnail(async () =>
    status === 200 ? fetch(PIXEL) : new Response(null, { status }),
  );
  await expect.element(page.getByText("No image")).toBeVisible();
  set(false);
  await element.updateComplete;
  status = 200;
  set(true);
  await expect.element(page.getByAltText("At the door")).toBeInTheDocument();
});
