/** An element that runs commands and shows their errors. */

import { state } from "lit/decorators.js";
import * as api from "../api/commands.ts";
import type { Connection } from "../ha/hass.ts";
import { HomeElement } from "../ha/home-element.ts";

export abstract class ActingElement extends HomeElement {
  @state() protected failure: api.Failure | undefined;

  /** Run a command and show its error; return whether it succeeded. */
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

  /** Move the focus, because the pressed element is gone. */
  protected async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }
}
