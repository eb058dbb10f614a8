/**
 * Names in Home Assistant's frontend that it doesn't promise to keep.
 *
 * Its elements are loaded when they are needed, so nothing can be checked at start. Code that uses a
 * name has a fallback for when it is missing. Templates, and the loader, which shares no code, write
 * elements as they are; a test compares them with this list.
 */

/** Its first element, which has `hass`. Without it, the language is that of the browser. */
export const ROOT = "home-assistant";
/** Router of the pages. It loads what dashboards are made of, by the method `_updateRoutes`. */
export const ROUTER = "partial-panel-resolver";
/** Plays a camera live. Without it, live view shows stills. */
export const STREAM = "ha-camera-stream";
/**
 * Address of the still that the stream shows first: unset, its HLS player fetches `/undefined`.
 * Without it, that happens once for each live view.
 */
export const POSTER = "_posterUrl";
/** In the shadow root of the stream; each has a `video` in its own. */
export const PLAYERS = "ha-web-rtc-player, ha-hls-player";
/** In the shadow root of a player that failed and doesn't retry. */
export const FAILED = "ha-alert:not(.retry)";
/** Shows a sentence in a frame. Without it, the sentence has no frame. */
export const ALERT = "ha-alert";
/** Opens the sidebar. Without it, the panel has a button of its own. */
export const MENU_BUTTON = "ha-menu-button";
/** Frame of a card. Without it, the card has no frame. */
export const CARD = "ha-card";
