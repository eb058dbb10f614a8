/** The place of the panel that the URL names, while the panel is shown. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { BASE, placeOf, TODAY, type Place, type TodayPlace } from "./route.ts";

export class PanelLocation implements ReactiveController {
  place: Place = TODAY;
  /** The last place on Today, kept for the way back from another page. */
  today: TodayPlace | undefined;
  readonly #moved: (isOtherPage: boolean) => void;
  #isRead = false;

  /** `moved`: called when the place has changed. */
  constructor(host: ReactiveControllerHost, moved: (isOtherPage: boolean) => void) {
    this.#moved = moved;
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener("location-changed", this.#read);
    window.addEventListener("popstate", this.#read);
    this.#read();
  }

  hostDisconnected(): void {
    window.removeEventListener("location-changed", this.#read);
    window.removeEventListener("popstate", this.#read);
  }

  readonly #read = (): void => {
    const { pathname, search } = location;
    // Home Assistant also announces other pages just before it removes the panel.
    if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return;
    const before = this.place;
    const place = placeOf(pathname.slice(BASE.length), search);
    if (this.#isRead && JSON.stringify(place) === JSON.stringify(before)) return;
    this.#isRead = true;
    this.place = place;
    if (place.page === "today") this.today = place;
    this.#moved(place.page !== before.page);
  };
}
