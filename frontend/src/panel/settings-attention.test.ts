import { render } from "lit";
import { expect, test } from "vitest";
import { MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import type { SettingsOfAgency, SettingsOfDoorbell } from "../api/commands.ts";
import { Strings } from "../i18n/strings.ts";
import { renderAttention } from "./settings-attention.ts";

const doorbell = (id: string): SettingsOfDoorbell => ({
  doorbell_id: id,
  name: id,
  source: "rtsp",
  device_id: null,
  picture_motion: false,
  motion: false,
  kept: [],
});

const agency = (id: string): SettingsOfAgency => ({
  agency_id: id,
  name: id,
  group: false,
  host: `${id}.example`,
  has_fingerprint: true,
  compared: false,
  problem: null,
});

/** Show the list in a page, and return what draws it again. */
function open() {
  const list = document.createElement("div");
  show(list, new MockConnection("clips"));
  const draw = (blind: SettingsOfDoorbell[], agencies: SettingsOfAgency[]): void => {
    render(
      renderAttention({
        strings: new Strings("en"),
        attention: { blind, agencies },
        known: [],
        connected: true,
        detect: () => undefined,
        saved: () => undefined,
      }),
      list,
    );
  };
  const edits = (): Element[] => [...list.querySelectorAll("doorwatch-settings-edit")];
  return { list, draw, edits };
}

test("a form stays with its doorbell or agency when another one leaves the list", () => {
  const { draw, edits } = open();
  draw([doorbell("front"), doorbell("gate")], [agency("police"), agency("sheriff")]);
  const [, gate, , sheriff] = edits();
  draw([doorbell("gate")], [agency("sheriff")]);
  expect(edits()[0]).toBe(gate);
  expect(edits()[1]).toBe(sheriff);
});

test("an agency with upload links has no fingerprint to compare", () => {
  const { list, draw, edits } = open();
  const links = { ...agency("port"), has_fingerprint: false, problem: "too_large" };
  draw([], [links]);
  expect(edits()).toHaveLength(0);
  expect(list.textContent).not.toContain("ingerprint");
});
