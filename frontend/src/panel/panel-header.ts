/** The first button of the panel's header: to the side bar, or back. */

import { html, nothing, type TemplateResult } from "lit";
import { MENU_BUTTON } from "../ha/core-names.ts";
import type { HomeAssistant } from "../ha/hass.ts";
import { goBack } from "../ha/navigate.ts";
import type { Strings } from "../i18n/strings.ts";
import { icon } from "../ui/icons.ts";
import { addressOf, placeAbove, type Place, type TodayPlace } from "./route.ts";

export function renderMenuButton(
  strings: Strings,
  hass: HomeAssistant,
  narrow: boolean,
): TemplateResult | typeof nothing {
  if (customElements.get(MENU_BUTTON))
    return html`<ha-menu-button .hass=${hass} .narrow=${narrow}></ha-menu-button>`;
  if (!narrow) return nothing;
  return html`<button
    class="plain"
    aria-label=${strings.text("panel.side_bar")}
    @click=${({ currentTarget }: Event) =>
      currentTarget?.dispatchEvent(
        new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true }),
      )}
  >
    ${icon("menu")}
  </button>`;
}

/** `today`: the last place on Today, if the panel has shown it. */
export function renderBackButton(
  strings: Strings,
  place: Place,
  today: TodayPlace | undefined,
): TemplateResult {
  return html`<button
    class="plain back"
    aria-label=${strings.text("panel.back")}
    @click=${() => goBack(addressOf(today ?? placeAbove(place)))}
  >
    ${icon("leave")}
  </button>`;
}
