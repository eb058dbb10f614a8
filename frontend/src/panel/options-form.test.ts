import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { show } from "../../mock/show.ts";
import type { Message } from "../ha/hass.ts";
import { OptionsForm } from "./options-form.ts";
import type { Data, Field, Step } from "./options-flow.ts";

/** Home Assistant's form, with a text field for each field. */
class Form extends HTMLElement {
  schema: Field[] = [];
  data: Data = {};
  error: Record<string, string> = {};
  computeLabel: (field: Field) => string = () => "";
  computeError: (error: string) => string = () => "";

  connectedCallback(): void {
    queueMicrotask(() => this.draw());
  }

  draw(): void {
    for (const field of this.schema) {
      const input = document.createElement("input");
      input.ariaLabel = this.computeLabel(field);
      input.value = JSON.stringify(this.data[field.name]);
      input.onchange = () => {
        const value = { ...this.data, [field.name]: input.value };
        this.dispatchEvent(new CustomEvent("value-changed", { detail: { value } }));
      };
      this.append(input);
    }
  }
}
customElements.define("ha-form", Form);

const TEXTS = {
  "component.doorwatch.options.step.storage.title": "Storage",
  "component.doorwatch.options.step.storage.description": "For **all** doorbells.",
  "component.doorwatch.options.step.storage.data.keep_days": "Days to keep clips",
};

class Home extends MockConnection {
  override async sendMessagePromise(message: Message): Promise<unknown> {
    if (message.type === "frontend/get_translations") return { resources: TEXTS };
    return super.sendMessagePromise(message);
  }
}

const FORM: Step = {
  type: "form",
  flow_id: "flow-1",
  step_id: "storage",
  data_schema: [{ name: "keep_days", default: 30 }],
  errors: null,
  description_placeholders: null,
};

function open(last: Step) {
  const connection = new Home("clips");
  const element = new OptionsForm();
  Object.assign(element, { entryId: "household", page: "storage" });
  const steps: Step[] = [{ type: "menu", flow_id: "flow-1" }, FORM, last];
  const bodies: unknown[] = [];
  const ended: string[] = [];
  for (const name of ["options-saved", "options-closed"])
    element.addEventListener(name, () => ended.push(name));
  const home = show(element, connection);
  home.provider.set({
    ...makeHass(connection, "clips"),
    fetchWithAuth: async (_, init) => {
      if (init?.body) bodies.push(JSON.parse(init.body as string));
      return Response.json(steps.shift() ?? {});
    },
  });
  return { bodies, ended };
}

const field = page.getByLabelText("Days to keep clips");

test("a page is filled in, changed and saved by Home Assistant's flow", async () => {
  const { bodies, ended } = open({ type: "create_entry" });
  await expect.element(field).toHaveValue("30");
  await expect.element(page.getByRole("group", { name: "Storage" })).toBeVisible();
  await userEvent.fill(field, "7");
  await userEvent.tab();
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await expect.poll(() => ended).toStrictEqual(["options-saved"]);
  expect(bodies.at(-1)).toStrictEqual({ keep_days: "7" });
});

test("what is wrong keeps the form open, and Cancel ends it", async () => {
  const { ended } = open({ ...FORM, errors: { base: "disk_full" } });
  await expect.element(field).toHaveValue("30");
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  expect(ended).toStrictEqual(["options-closed"]);
});
