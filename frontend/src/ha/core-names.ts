/**
 * Names in Home Assistant's frontend that are not a stable API.
 *
 * Elements are loaded on demand, so nothing can be checked at startup. Code that uses a name has
 * a fallback. Templates, and the loader, which shares no code, write elements literally; a test
 * compares them with this list.
 */

/** The root element, which has `hass`. Without it, the browser's language is used. */
export const ROOT = "home-assistant";
/** The router. Its method `_updateRoutes` loads the code of dashboards. */
export const ROUTER = "partial-panel-resolver";
/** Plays a camera live. Without it, live view shows stills. */
export const STREAM = "ha-camera-stream";
/**
 * URL of the image shown before the stream: if unset, its HLS player fetches `/undefined`.
 * Without this name, that happens once per live view.
 */
export const POSTER = "_posterUrl";
/** In the shadow root of the stream; each contains a `video`. */
export const PLAYERS = "ha-web-rtc-player, ha-hls-player";
/**
 * The `hls.js` of its HLS player, which knows how old the shown picture is. Without this name,
 * motion is not marked in it.
 */
export const HLS = "_hlsPolyfillInstance";
/** In the shadow root of a player that failed and doesn't retry. */
export const FAILED = "ha-alert:not(.retry)";
/** Shows a sentence in a frame. Without it, the sentence has no frame. */
export const ALERT = "ha-alert";
/** Opens the sidebar. Without it, the panel shows its own button. */
export const MENU_BUTTON = "ha-menu-button";
/** Frame of a card. Without it, the card has no frame. */
export const CARD = "ha-card";
/** Edits the options of an entry. If it changes, the form shows an error. */
export const OPTIONS_FLOW = "/api/config/config_entries/options/flow";
/** Reconfigures an entry. If it changes, the form shows an error. */
export const CONFIG_FLOW = "/api/config/config_entries/flow";
/** Returns the texts of an integration. If it changes, the form shows an error. */
export const TRANSLATIONS = "frontend/get_translations";
/** Shows a form. Without it, options are changed on the page of the integration. */
export const FORM = "ha-form";
