/** Pages of Home Assistant that configure Doorwatch. */

export const INTEGRATION = "/config/integrations/integration/doorwatch";
/** Starts the config flow. */
export const ADD = "/config/integrations/dashboard/add?domain=doorwatch";
/** Documentation of the integration that two-way audio requires. */
export const GO2RTC = "https://www.home-assistant.io/integrations/go2rtc";
/** The entry on the integration page, with its options. */
export const entryAt = (id: string): string =>
  `${INTEGRATION}#config_entry=${encodeURIComponent(id)}`;

/** The repairs page for administrators. */
export const REPAIRS = "/config/repairs";
