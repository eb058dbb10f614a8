import { expect, test, vi } from "vitest";
import { FakeConnection, settle } from "../api/fake-connection.ts";
import { rectangle } from "../areas/areas.ts";
import { newCover } from "./covers.ts";
import { DraftKeeper, filledOf, readDraft } from "./share-draft.ts";
import { emptyForm } from "./share-form.ts";

const SAVE = "doorwatch/draft/save";
const DROP = "doorwatch/draft/drop";
const BLANK = emptyForm("Robin");
const FILLED = {
  ...BLANK,
  agencyId: "a",
  start: "2,5",
  audio: true,
  covers: [newCover(rectangle([10, 20], [40, 60]))],
  note: "By the gate.",
  pin: "planted-pin",
  link: "https://harbour.vendor.example/upload?token=planted-link",
};

function keeper(stored: Record<string, unknown> | null = null): {
  keeper: DraftKeeper;
  home: FakeConnection;
  sent: (type: string) => Record<string, unknown>[];
} {
  const home = new FakeConnection();
  home.answers["doorwatch/draft"] = () => ({ draft: stored });
  return {
    keeper: new DraftKeeper(home, "c"),
    home,
    sent: (type) => home.sent.filter((one) => one.type === type),
  };
}

test("a draft holds everything that was filled in but secrets and what is said anew", () => {
  const { pin, link, stillBelongs, ...rest } = FILLED;
  expect(filledOf(FILLED)).toStrictEqual(rest);
  expect([pin, link, stillBelongs]).toStrictEqual([FILLED.pin, FILLED.link, false]);
});

test("nothing of the PIN and the upload link is sent to be kept", async () => {
  const { keeper: one, sent } = keeper();
  await one.load();
  one.begin(BLANK);
  one.put(FILLED);
  expect(one.flush()).toBe(true);
  const [saved] = sent(SAVE);
  expect(saved?.["clip_id"]).toBe("c");
  expect(JSON.stringify(saved)).toContain("By the gate.");
  expect(JSON.stringify(saved)).not.toContain("planted");
});

test("what was kept is read again, and only what a form can hold", () => {
  const at = "2026-11-26T13:03:00Z";
  const filled = filledOf(FILLED);
  expect(readDraft({ ...filled, at })).toStrictEqual({ at, filled });
  expect(
    readDraft({
      at,
      start: 5,
      audio: "yes",
      covers: [{ area: [[0, 0]] }],
      note: "Kept",
      pin: "1234",
      unheard_of: true,
    }),
  ).toStrictEqual({ at, filled: { note: "Kept" } });
  expect(readDraft({ ...filled })).toBe(undefined);
});

test("it is kept once the keys rest, and the same is not kept twice", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { keeper: one, sent } = keeper();
    await one.load();
    one.begin(BLANK);
    one.put({ ...BLANK, note: "B" });
    one.put({ ...BLANK, note: "By" });
    expect(sent(SAVE).length).toBe(0);
    vi.runAllTimers();
    one.put({ ...BLANK, note: "By", pin: "1234" });
    vi.runAllTimers();
    expect(sent(SAVE).length).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("a form in which nothing is filled in leaves no draft", async () => {
  const { keeper: one, sent } = keeper({ ...filledOf(FILLED), at: "2026-11-26" });
  await one.load();
  one.begin(BLANK);
  expect(one.flush()).toBe(true); // that of the day before
  one.put(BLANK);
  expect(one.flush()).toBe(false);
  expect(sent(SAVE).length).toBe(0);
  expect(sent(DROP).length).toBe(1);
});

test("what was shared is dropped, also when it was still to be kept", async () => {
  const { keeper: one, sent } = keeper();
  await one.load();
  one.begin(BLANK);
  one.put(FILLED);
  one.flush();
  one.put({ ...FILLED, note: "Later" });
  one.drop();
  expect(one.flush()).toBe(false);
  expect(sent(SAVE).length).toBe(1);
  expect(sent(DROP)).toStrictEqual([{ type: DROP, clip_id: "c" }]);
});

test("a home that keeps no drafts is shared from all the same", async () => {
  const { keeper: one, home } = keeper();
  home.answers["doorwatch/draft"] = () => {
    throw { code: "unknown_command", message: "" };
  };
  home.answers[SAVE] = () => {
    throw 3;
  };
  expect(await one.load()).toBe(undefined);
  one.begin(BLANK);
  one.put(FILLED);
  one.flush();
  await settle();
  expect(one.flush()).toBe(false);
});
