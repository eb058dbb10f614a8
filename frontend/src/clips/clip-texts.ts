/** Texts about the clips of these doorbells. */

import type { ClipInWords, Doorbell } from "../api/commands.ts";
import type { Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { inWords } from "./clip-words.ts";

export class ClipTexts {
  readonly #strings: Strings;
  readonly #locale: Locale;
  readonly #doorbells: readonly Doorbell[];

  constructor(strings: Strings, locale: Locale, doorbells: readonly Doorbell[]) {
    this.#strings = strings;
    this.#locale = locale;
    this.#doorbells = doorbells;
  }

  /** Undefined if the doorbell was removed. */
  doorbellOf({ doorbell_id }: ClipInWords): Doorbell | undefined {
    return this.#doorbells.find((one) => one.doorbell_id === doorbell_id);
  }

  /** The name of its doorbell. */
  nameOf(clip: ClipInWords): string {
    return this.doorbellOf(clip)?.name ?? this.#strings.text("clip.no_doorbell");
  }

  /** `key`: of the template. */
  describe(key: string, clip: ClipInWords): string {
    return inWords(this.#strings, this.#locale, key, clip, this.nameOf(clip));
  }
}
