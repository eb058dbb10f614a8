import { expect, test } from "vitest";
import { addressOf, placeAbove, placeOf, TODAY, type Place } from "./route.ts";

const read = (address: string): Place => {
  const { pathname, search } = new URL(address, "https://home.example");
  return placeOf(pathname.replace("/doorwatch", ""), search);
};

test("each place has an address, which leads to it again", () => {
  const places: Place[] = [
    TODAY,
    {
      page: "today",
      day: "2026-11-24",
      doorbell: "d1",
      kinds: ["ring", "manual"],
      labels: ["vehicle", "package"],
      marks: ["new", "protected"],
      words: "tuesday & gate",
    },
    { ...TODAY, doorbell: "d1", live: true },
    { page: "clip", clipId: "a b/c" },
    { page: "clip", clipId: "a", doorbell: "d1" },
    { page: "shared" },
    { page: "proof" },
    { page: "requests" },
    { page: "requests", asked: { agencyId: "a", requestId: "2026/04 17%2e?#" } },
    { page: "deleted" },
    { page: "notifications" },
    { page: "settings" },
  ];
  for (const place of places) expect(read(addressOf(place))).toStrictEqual(place);
});

test("a day that no calendar has is no day", () => {
  for (const day of ["2026-02-30", "2026-13-01", "2026-11-00", "today"])
    expect(read(`/doorwatch?day=${day}`)).toStrictEqual(TODAY);
});

test("the addresses that others know are these", () => {
  expect(addressOf(TODAY)).toBe("/doorwatch");
  expect(addressOf({ page: "clip", clipId: "0123" })).toBe("/doorwatch/clip/0123");
  expect(
    addressOf({ page: "requests", asked: { agencyId: "a1", requestId: "2026-0417" } }),
  ).toBe("/doorwatch/requests/a1/2026-0417");
  expect(addressOf({ page: "proof" })).toBe("/doorwatch/shared/proof");
});

test("an id that Home Assistant would refuse in an address is written in other letters", () => {
  const ids = [
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "..",
    ".",
    "union-all-select",
    "proc/self/environ",
    "concat(1)",
    "a=/b.c/",
    "~plain",
    "~fn5-fn5-",
    "glass/7 %2e?x=1#y",
    "a..b",
    "!".repeat(200),
  ];
  for (const requestId of ids) {
    const place = { page: "requests", asked: { agencyId: "a1", requestId } } as const;
    const address = addressOf(place);
    expect(address).toMatch(/^\/doorwatch\/requests\/a1\/~[\w-]+$/);
    expect(read(address)).toStrictEqual(place);
  }
  // URLs of earlier versions still work.
  expect(read("/doorwatch/requests/a1/glass%2F7")).toStrictEqual({
    page: "requests",
    asked: { agencyId: "a1", requestId: "glass/7" },
  });
});

test("what no address of the panel says is left out", () => {
  expect(read("/doorwatch/?day=tomorrow&kind=ring,ghost&only=old")).toStrictEqual({
    ...TODAY,
    kinds: ["ring"],
  });
  expect(read("/doorwatch/nowhere").page).toBe("unknown");
  expect(read("/doorwatch/clip/").page).toBe("unknown");
  expect(read("/doorwatch/clip/%E0%A4%A")).toStrictEqual({
    page: "clip",
    clipId: "%E0%A4%A",
  });
});

test("pages that belong to another one lead back to it", () => {
  expect(placeAbove({ page: "proof" })).toStrictEqual({ page: "shared" });
  const asked = { agencyId: "a", requestId: "1" };
  expect(placeAbove({ page: "requests", asked })).toStrictEqual({ page: "requests" });
  expect(placeAbove({ page: "requests" })).toBe(TODAY);
});
