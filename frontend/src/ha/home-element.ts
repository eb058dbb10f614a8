/** Passes the home from the card to all its elements through a context. */

import { consume, ContextProvider, createContext } from "@lit/context";
import { LitElement, type ReactiveController, type ReactiveElement } from "lit";
import { property } from "lit/decorators.js";
import { languageWithin, type Locale } from "../i18n/format.ts";
import { fetchWords, Strings } from "../i18n/strings.ts";
import type { HomeAssistant } from "./hass.ts";

const hassContext = createContext<HomeAssistant>(Symbol("hass"));
const stringsContext = createContext<Strings>(Symbol("strings"));
const localeContext = createContext<Locale>(Symbol("locale"));

/** An element that shows data of the home. */
export abstract class HomeElement extends LitElement {
  @consume({ context: hassContext, subscribe: true })
  @property({ attribute: false })
  hass!: HomeAssistant;

  @consume({ context: stringsContext, subscribe: true })
  @property({ attribute: false })
  strings!: Strings;

  @consume({ context: localeContext, subscribe: true })
  @property({ attribute: false })
  locale!: Locale;
}

/** Milliseconds that the first render waits for texts: longer than a home takes. */
const PATIENCE = 1_000;

/** Provides the home to all elements inside its host. */
export class HomeProvider implements ReactiveController {
  strings = new Strings("en");
  locale: Locale = { language: "en" };
  /** Whether there are texts to show; otherwise English would flash first. */
  ready = false;
  #language = "";
  #last: HomeAssistant | undefined;
  readonly #hass: ContextProvider<typeof hassContext>;
  readonly #strings: ContextProvider<typeof stringsContext>;
  readonly #locale: ContextProvider<typeof localeContext>;

  constructor(private readonly host: ReactiveElement) {
    this.#hass = new ContextProvider(host, { context: hassContext });
    this.#strings = new ContextProvider(host, { context: stringsContext });
    this.#locale = new ContextProvider(host, { context: localeContext });
    host.addController(this);
  }

  /** Shown again: retry texts that failed to load. */
  hostConnected(): void {
    if (this.#last) this.#speak(this.#last.language);
  }

  set(hass: HomeAssistant): void {
    this.#last = hass;
    if (hass.language !== this.#language) this.#speak(hass.language);
    this.#handDown(hass);
  }

  /**
   * Switch to a language once its texts are loaded; on the first render, wait only for a limited
   * time.
   */
  #speak(language: string): void {
    this.#language = language;
    const words = fetchWords(language);
    const change = (): void => {
      if (language !== this.#language || !this.#last) return;
      this.strings = new Strings(language);
      this.ready = true;
      this.#handDown(this.#last);
      // With a name, because hosts may skip updates of `hass` alone.
      this.host.requestUpdate("lang");
    };
    if (words) {
      void words.then(change);
      if (!this.ready)
        setTimeout(() => {
          if (!this.ready) change();
        }, PATIENCE);
      return;
    }
    const { spoken } = new Strings(language);
    const same = language === this.strings.language && spoken === this.strings.spoken;
    if (!same || !this.ready) change();
  }

  #handDown(hass: HomeAssistant): void {
    const { language } = hass;
    const { spoken } = this.strings;
    // Screen readers use this language.
    if (this.host.lang !== spoken) this.host.lang = spoken;
    const locale = {
      language: languageWithin(spoken, language),
      timeFormat: hass.locale?.time_format,
      firstWeekday: hass.locale?.first_weekday,
      zone: hass.config.time_zone,
      miles: hass.config.unit_system?.length === "mi",
    };
    // `hass` changes every second; update formats only if they changed.
    if (JSON.stringify(locale) !== JSON.stringify(this.locale)) this.locale = locale;
    this.#hass.setValue(hass);
    this.#strings.setValue(this.strings);
    this.#locale.setValue(this.locale);
  }
}
