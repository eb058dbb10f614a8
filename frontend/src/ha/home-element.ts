/** What every part of the card knows of its home: the card hands it down, whoever is in it takes it. */

import { consume, ContextProvider, createContext } from "@lit/context";
import { LitElement, type ReactiveController, type ReactiveElement } from "lit";
import { property } from "lit/decorators.js";
import { languageWithin, type Locale } from "../i18n/format.ts";
import { fetchWords, Strings } from "../i18n/strings.ts";
import type { HomeAssistant } from "./hass.ts";

const hassContext = createContext<HomeAssistant>(Symbol("hass"));
const stringsContext = createContext<Strings>(Symbol("strings"));
const localeContext = createContext<Locale>(Symbol("locale"));

/** An element that shows something of the home. */
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

/** How long a first look waits for words, in milliseconds: longer than they take from a home. */
const PATIENCE = 1_000;

/** Hands down the home to all elements within one. */
export class HomeProvider implements ReactiveController {
  strings = new Strings("en");
  locale: Locale = { language: "en" };
  /** Whether there are words to show; until then English would only flash by. */
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

  /** Opened anew: words that did not come are asked for again. */
  hostConnected(): void {
    if (this.#last) this.#speak(this.#last.language);
  }

  set(hass: HomeAssistant): void {
    this.#last = hass;
    if (hass.language !== this.#language) this.#speak(hass.language);
    this.#handDown(hass);
  }

  /** Change over to a language once its words are here; at first, wait only so long. */
  #speak(language: string): void {
    this.#language = language;
    const words = fetchWords(language);
    const change = (): void => {
      if (language !== this.#language || !this.#last) return;
      this.strings = new Strings(language);
      this.ready = true;
      this.#handDown(this.#last);
      this.host.requestUpdate();
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
    // What reads the screen aloud reads words as their own language.
    if (this.host.lang !== spoken) this.host.lang = spoken;
    const locale = {
      language: languageWithin(spoken, language),
      timeFormat: hass.locale?.time_format,
      firstWeekday: hass.locale?.first_weekday,
      zone: hass.config.time_zone,
      miles: hass.config.unit_system?.length === "mi",
    };
    // The home says something new each second: who writes times is told when that matters.
    if (JSON.stringify(locale) !== JSON.stringify(this.locale)) this.locale = locale;
    this.#hass.setValue(hass);
    this.#strings.setValue(this.strings);
    this.#locale.setValue(this.locale);
  }
}
