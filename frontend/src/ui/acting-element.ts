/** A page, or a part of one, that does things and says what went wrong. */

import { state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";

export abstract class ActingElement extends HomeElement {
  @state() protected failure: api.Failure | undefined;

  /** Do something, say so when it failed; whether it worked. */
  protected async attempt(
    act: (connection: Connection) => Promise<unknown>,
  ): Promise<boolean> {
    try {
      await act(this.hass.connection);
      this.failure = undefined;
      return true;
    } catch (error) {
      this.failure = api.failureOf(error);
      return false;
    }
  }

  /** What was pressed is gone; who uses a keyboard goes on where the next thing is. */
  protected async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }
}
