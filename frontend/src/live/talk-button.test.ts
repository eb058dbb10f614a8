import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Live, TalkProblem } from "../api/commands.ts";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import { TalkButton } from "./talk-button.ts";

const LIVE: Live = {
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
  live_problem: null,
  problems: [],
  one_connection: false,
  talk_entity_id: "camera.doorbell_1_talk",
  talk_problem: null,
  talker: null,
  rang_at: null,
};

let element: TalkButton;
let connection: MockConnection;
const given: MediaStreamTrack[] = [];
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const getMicrophone = vi.spyOn(navigator.mediaDevices, "getUserMedia");
getMicrophone.mockImplementation(async (asked) => {
  const stream = await real(asked);
  given.push(...stream.getTracks());
  return stream;
});

function talk(change: Partial<Live> = {}, isAdmin = true): void {
  element = new TalkButton();
  element.live = { ...LIVE, ...change };
  element.name = "Front door";
  connection = new MockConnection("clips");
  const home = show(element, connection);
  if (!isAdmin) {
    const user = { id: "kim", name: "Kim", is_admin: false };
    home.provider.set({ ...makeHass(connection, "clips"), user });
  }
}

afterEach(() => element.remove());

const button = page.getByRole("button", { name: /\(Front door\)$/ });
const words = page.getByRole("status");
const pointer = (type: string): void => {
  button.element().dispatchEvent(
    new PointerEvent(type, {
      pointerId: 1,
      button: 0,
      bubbles: true,
      composed: true,
    }),
  );
};
/** Synthetic pointers cannot be captured. */
HTMLElement.prototype.setPointerCapture = () => undefined;
/** Simulated milliseconds in the events' timestamps. */
let passed = 0;
for (const type of ["pointerdown", "pointerup", "keydown", "keyup", "click"])
  addEventListener(
    type,
    (event) => {
      const value = event.timeStamp + passed;
      Object.defineProperty(event, "timeStamp", { value });
    },
    { capture: true },
  );
/** Longer than a tap and than an accidental double tap. */
const longer = (): void => {
  passed += 400;
};
const ended = async (): Promise<void> => {
  await expect.element(button).toHaveAttribute("aria-pressed", "false");
  expect(given.map((one) => one.readyState)).toStrictEqual(given.map(() => "ended"));
};

test("held by a finger it talks", async () => {
  talk();
  await expect.element(button).toHaveTextContent("Hold to talk");
  pointer("pointerdown");
  await expect.element(button).toHaveTextContent("Talking. Release to end.");
  await expect.poll(() => connection.peer.received()).toBeGreaterThan(0);
  longer();
  pointer("pointerup");
  await ended();
});

test("a tap stays until the next one, and the level of the microphone shows", async () => {
  talk();
  await userEvent.click(button);
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  await expect.element(page.getByText(/The microphone hears/)).toBeInTheDocument();
  await expect
    .poll(() =>
      Number(
        /scaleX\((.*)\)/.exec(
          element.renderRoot.querySelector<HTMLElement>(".level i")?.style.transform ??
            "",
        )?.[1],
      ),
    )
    .toBeGreaterThan(0.02);
  longer();
  await userEvent.click(button);
  await ended();
});

test("held by a key it talks; a key that is tapped stays", async () => {
  for (const key of ["Enter", "Space"]) {
    talk();
    await expect.element(button).toBeVisible();
    (button.element() as HTMLElement).focus();
    await userEvent.keyboard(`[${key}>]`);
    await expect.element(button).toHaveTextContent("Talking. Release to end.");
    longer();
    await userEvent.keyboard(`[/${key}]`);
    await ended();
    await userEvent.keyboard(`[${key}]`);
    await expect.element(button).toHaveTextContent("Talking. Tap to end.");
    longer();
    await userEvent.keyboard(`[${key}]`);
    await ended();
  }
});

test("what reads the screen clicks to begin and to end", async () => {
  talk();
  const click = (): void => (button.element() as HTMLElement).click();
  await expect.element(button).toBeVisible();
  click();
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  longer();
  click();
  await ended();
});

test("a finger that slides away, a focus that goes on, and an element that goes end it", async () => {
  const away = [
    () => pointer("pointercancel"),
    () => (button.element() as HTMLElement).blur(),
  ];
  for (const go of away) {
    talk();
    await expect.element(button).toBeVisible();
    (button.element() as HTMLElement).focus();
    pointer("pointerdown");
    await expect.element(button).toHaveTextContent("Talking. Release to end.");
    go();
    await ended();
  }
  pointer("pointerdown");
  await expect.element(button).toHaveTextContent("Talking. Release to end.");
  element.remove();
  expect(given.map((one) => one.readyState)).toStrictEqual(given.map(() => "ended"));
});

test("who comes second reads who talks", async () => {
  talk({ talker: { name: "Kim", since: "1", session_id: null, ends_soon: false } });
  await expect.element(words).toHaveTextContent("Kim is talking.");
  await expect.element(button).toBeDisabled();
  element.live = LIVE;
  await expect.element(button).toBeEnabled();
  await expect.element(page.getByText("Kim is talking.")).not.toBeInTheDocument();
});

test("who lets go stays at the button until the home tells that nobody talks", async () => {
  talk();
  await expect.element(button).toBeVisible();
  (button.element() as HTMLElement).focus();
  await userEvent.keyboard("[Enter]");
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  element.live = {
    ...LIVE,
    talker: { name: "Robin Example", since: "1", session_id: "0", ends_soon: false },
  };
  longer();
  await userEvent.keyboard("[Enter]");
  await ended();
  await expect.element(button).toBeEnabled();
  expect(element.renderRoot.querySelector("button:focus")).toBe(button.element());
  expect(words.element().textContent).toBe("");
});

test("it ends when the home says that somebody else talks, or that nobody may any more", async () => {
  talk();
  await userEvent.click(button);
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  element.live = {
    ...LIVE,
    talker: { name: "Robin Example", since: "1", session_id: "0", ends_soon: false },
  };
  await element.updateComplete;
  element.live = { ...LIVE, talker: null };
  await ended();
  await expect
    .element(words)
    .toHaveTextContent("Home Assistant ended the talk. No one can hear you anymore.");
  await userEvent.click(button);
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  element.live = { ...LIVE, talk_entity_id: null, talk_problem: "not_allowed" };
  await expect.element(button).not.toBeInTheDocument();
  expect(given.map((one) => one.readyState)).toStrictEqual(given.map(() => "ended"));
});

/** The live state that the home sends while this page talks. */
const endsSoon = (ends_soon: boolean): void => {
  element.live = {
    ...LIVE,
    talker: { name: "Robin Example", since: "1", session_id: "0", ends_soon },
  };
};
const wentOn = (): number =>
  connection.sent.filter(({ type }) => type === "doorwatch/talk/go_on").length;
const goOn = page.getByRole("button", { name: "Keep talking at Front door" });

test("before a forgotten talk ends it says so, and can go on", async () => {
  talk();
  await userEvent.click(button);
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
  endsSoon(true);
  await expect.element(words).toHaveTextContent("The talk ends in 30 seconds.");
  // Also by keyboard.
  (button.element() as HTMLElement).focus();
  await userEvent.keyboard("[Tab]");
  await expectFocus(goOn);
  await userEvent.keyboard("[Enter]");
  await expect.poll(wentOn).toBe(1);
  await expectFocus(button);
  endsSoon(false);
  await expect.element(goOn).not.toBeInTheDocument();
  await expect.element(button).toHaveTextContent("Talking. Tap to end.");
});

test("who holds the button goes on without being asked", async () => {
  talk();
  await expect.element(button).toBeVisible();
  pointer("pointerdown");
  await expect.element(button).toHaveTextContent("Talking. Release to end.");
  longer();
  endsSoon(true);
  await expect.poll(wentOn).toBe(1);
  await expect.element(goOn).not.toBeInTheDocument();
  pointer("pointerup");
  await ended();
  expect(wentOn()).toBe(1);
});

test("what the home refuses is told in the words of the page", async () => {
  talk();
  const refuse = vi.spyOn(connection, "subscribeMessage");
  for (const [code, said] of [
    ["talk_too_long", /A talk ends after five minutes. .* Press again to continue\./],
    [
      "talk_no_back_channel",
      /This doorbell doesn't accept audio from Home Assistant\./,
    ],
    ["talk_other", /^In the words of the home$/],
  ] as const) {
    refuse.mockImplementation(async (callback) => {
      callback({ type: "error", code, message: "In the words of the home" });
      return async () => undefined;
    });
    await userEvent.click(button);
    await expect.element(words).toHaveTextContent(said);
    await ended();
  }
});

const reasons: Record<TalkProblem, RegExp> = {
  not_allowed: /You can view this doorbell, but not control it. An administrator/,
  no_back_channel:
    /accept audio from Home Assistant\. You might .* the manufacturer's app/,
  not_rtsp: /Talk needs an RTSP stream directly from the doorbell/,
  no_webrtc: /Talk needs the go2rtc integration, .* An administrator can add it/,
  no_answer: /go2rtc, which carries your voice to the doorbell, doesn't answer\. Try/,
  demo: /The demo doorbell has no speaker/,
  unavailable: /The doorbell is offline. Talk is available once it's back./,
  disabled: /called Talk, is disabled. An administrator can enable it/,
};
for (const [reason, said] of Object.entries(reasons))
  test(`there is no button where it cannot be (${reason}), but the reason`, async () => {
    talk({ talk_entity_id: null, talk_problem: reason as TalkProblem }, false);
    await userEvent.click(page.getByText("Talk isn't available here"));
    await expect.element(page.getByText(said)).toBeVisible();
    await expect.element(button).not.toBeInTheDocument();
  });

test("an administrator without go2rtc reads how to add it", async () => {
  talk({ talk_entity_id: null, talk_problem: "no_webrtc" });
  await userEvent.click(page.getByText("Talk isn't available here"));
  await expect
    .element(page.getByRole("link", { name: "How to add go2rtc" }))
    .toHaveAttribute("href", "https://www.home-assistant.io/integrations/go2rtc");
  await expect
    .element(page.getByText(/An administrator can add it/))
    .not.toBeInTheDocument();
});

test("who pressed reads at once why it can't be any longer", async () => {
  talk();
  const refuse = vi.spyOn(connection, "subscribeMessage");
  refuse.mockImplementation(async (callback) => {
    callback({ type: "error", code: "talk_no_answer", message: "" });
    return async () => undefined;
  });
  await userEvent.click(button);
  await expect.element(words).toHaveTextContent(/go2rtc, .* doesn't answer/);
  element.live = { ...LIVE, talk_entity_id: null, talk_problem: "no_answer" };
  await expect.element(page.getByText(/go2rtc, .* doesn't answer/)).toBeVisible();
  await expect.element(button).not.toBeInTheDocument();
});

test("on a page that is not encrypted it says what address to take", async () => {
  vi.stubGlobal("isSecureContext", false);
  talk();
  await userEvent.click(page.getByText("Talk isn't available here"));
  await expect
    .element(page.getByText(/Open Home Assistant at an address that begins with https/))
    .toBeVisible();
  vi.unstubAllGlobals();
});

test("in a browser that cannot, it says so before anybody presses", async () => {
  const microphones = vi.spyOn(navigator, "mediaDevices", "get");
  microphones.mockReturnValue(undefined as unknown as MediaDevices);
  talk();
  await userEvent.click(page.getByText("Talk isn't available here"));
  await expect
    .element(page.getByText(/This browser doesn't support talk/))
    .toBeVisible();
  await expect.element(button).not.toBeInTheDocument();
  microphones.mockRestore();
});

const failures: [string, RegExp][] = [
  ["NotAllowedError", /allowed to use the microphone. Allow it for this address/],
  ["NotFoundError", /No microphone found. Connect one, or use another device./],
  ["NotReadableError", /can't be used right now. Close anything else that uses it/],
];
for (const [name, said] of failures)
  test(`a browser that gives no microphone (${name}) is told with what to do`, async () => {
    talk();
    getMicrophone.mockRejectedValueOnce(new DOMException("", name));
    await userEvent.click(button);
    await expect.element(words).toHaveTextContent(said);
    await expect.element(button).toHaveTextContent("Hold to talk");
  });
