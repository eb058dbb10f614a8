/** Pages of Home Assistant where something of Doorwatch is set up or changed. */

export const INTEGRATION = "/config/integrations/integration/doorwatch";
/** Opens the flow at once. */
export const ADD = "/config/integrations/dashboard/add?domain=doorwatch";
/** What carries a voice to a doorbell, and how to add it. */
export const GO2RTC = "https://www.home-assistant.io/integrations/go2rtc";
/** Its part of that page is brought to the screen: the way to its options. */
export const entryAt = (id: string): string =>
  `${INTEGRATION}#config_entry=${encodeURIComponent(id)}`;

/** Where administrators see what is wrong, and what they can do. */
export const REPAIRS = "/config/repairs";
