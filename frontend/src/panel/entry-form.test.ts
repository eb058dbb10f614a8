import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { makeHass, MockConnection } from "../../mock/hass.ts";
import { expectFocus, show } from "../../mock/show.ts";
import type { Message } from "../ha/hass.ts";
import { EntryForm } from "./entry-form.ts";
import type { Data, Field, Step } from "./entry-flow.ts";

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

/** What Home Assistant answers to a value of the wrong type or size. */
interface Refused {
  errors: Record<string, string>;
}

const TEXTS = {
  "component.doorwatch.options.step.storage.title": "Storage",
  "component.doorwatch.options.step.storage.description": "For **all** doorbells.",
  "component.doorwatch.options.step.storage.data.keep_days": "Days to keep clips",
  "component.doorwatch.options.step.keep_less.title": "Clips to delete now",
  "component.doorwatch.options.step.keep_less.submit": "Delete and save",
  "component.doorwatch.config.abort.changed": "What {name} publishes has changed.",
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

const MENU: Step = { type: "menu", flow_id: "flow-1" };

function open(
  steps: (Step | Refused | Promise<Step>)[],
  entry: Partial<EntryForm> = { entryId: "household", page: "storage" },
) {
  const connection = new Home("clips");
  const element = new EntryForm();
  Object.assign(element, entry);
  const bodies: unknown[] = [];
  const ended: string[] = [];
  for (const name of ["form-saved", "form-closed"])
    element.addEventListener(name, () => ended.push(name));
  const home = show(element, connection);
  home.provider.set({
    ...makeHass(connection, "clips"),
    fetchWithAuth: async (_, init) => {
      if (init?.body) bodies.push(JSON.parse(init.body as string));
      if (init?.method === "DELETE") return Response.json({});
      const step = (await steps.shift()) ?? { errors: {} };
      return Response.json(step, { status: "type" in step ? 200 : 400 });
    },
  });
  const data = (): Data | undefined =>
    element.renderRoot.querySelector<Form>("ha-form")?.data;
  return { element, bodies, ended, data };
}

/** A step that runs until it is finished. */
function running() {
  let finish: (step: Step) => void = () => undefined;
  const step = new Promise<Step>((resolve) => (finish = resolve));
  return { step, finish };
}

const field = page.getByLabelText("Days to keep clips");

test("a page is filled in, changed and saved by Home Assistant's flow", async () => {
  const { bodies, ended } = open([MENU, FORM, { type: "create_entry" }]);
  await expect.element(field).toHaveValue("30");
  await expect.element(page.getByRole("group", { name: "Storage" })).toBeVisible();
  await userEvent.fill(field, "7");
  await userEvent.tab();
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await expect.poll(() => ended).toStrictEqual(["form-saved"]);
  expect(bodies.at(-1)).toStrictEqual({ keep_days: "7" });
});

test("what is wrong keeps the form open, and Cancel ends it", async () => {
  const { ended } = open([MENU, FORM, { ...FORM, errors: { base: "disk_full" } }]);
  await expect.element(field).toHaveValue("30");
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  expect(ended).toStrictEqual(["form-closed"]);
});

test("a form that is shown again has the values that Home Assistant answers", async () => {
  const again: Step = {
    ...FORM,
    data_schema: [{ name: "keep_days", description: { suggested_value: "cleaned" } }],
    errors: { keep_days: "timeout" },
  };
  const { data } = open([FORM, again], { entryId: "doorbell-1" });
  await userEvent.fill(field, "secret");
  await userEvent.tab();
  await expect.poll(data).toStrictEqual({ keep_days: "secret" });
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await expect.poll(data).toStrictEqual({ keep_days: "cleaned" });
});

test("a value that Home Assistant does not accept stays there", async () => {
  const refused = { errors: { keep_days: "value must be at most 3650" } };
  const { data, bodies } = open([FORM, refused], { entryId: "doorbell-1" });
  await userEvent.fill(field, "9999");
  await userEvent.tab();
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await expect.poll(() => bodies).toHaveLength(2);
  await expectFocus(page.getByRole("group", { name: "Storage" }));
  expect(data()).toStrictEqual({ keep_days: "9999" });
});

test("what was typed is kept while the page is away", async () => {
  const { element, data, bodies } = open([FORM, FORM], { entryId: "doorbell-1" });
  await userEvent.fill(field, "7");
  await userEvent.tab();
  const { parentNode } = element;
  element.remove();
  parentNode?.append(element);
  await expect.poll(() => bodies).toHaveLength(2);
  await expectFocus(page.getByRole("group", { name: "Storage" }));
  expect(data()).toStrictEqual({ keep_days: "7" });
});

test("nothing closes a form while it is saved", async () => {
  const { step, finish } = running();
  const { ended, bodies } = open([FORM, step], { entryId: "doorbell-1" });
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  const cancel = page.getByRole("button", { name: "Cancel" });
  await expect.element(cancel).toBeDisabled();
  await userEvent.click(field);
  await userEvent.keyboard("{Escape}");
  expect(ended).toStrictEqual([]);
  finish({ type: "create_entry" });
  await expect.poll(() => ended).toStrictEqual(["form-saved"]);
  expect(bodies).toHaveLength(2);
});

test("a form that is gone tells nothing", async () => {
  const { step, finish } = running();
  const { element, ended } = open([FORM, step], { entryId: "doorbell-1" });
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  element.remove();
  finish({ type: "create_entry" });
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  expect(ended).toStrictEqual([]);
});

test("a form that takes long to load can be cancelled, by keyboard too", async () => {
  const { ended } = open([running().step], { entryId: "doorbell-1" });
  await expectFocus(page.getByText("Loading"));
  await userEvent.keyboard("{Escape}");
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  expect(ended).toStrictEqual(["form-closed", "form-closed"]);
});

test("a later step is named, and has its own button", async () => {
  const later: Step = { ...FORM, step_id: "keep_less", data_schema: [] };
  const { ended } = open([FORM, later, { type: "create_entry" }], {
    entryId: "doorbell-1",
  });
  await userEvent.click(page.getByRole("button", { name: "Save" }));
  await expect.element(page.getByText("Clips to delete now")).toBeVisible();
  await expectFocus(page.getByRole("group", { name: "Clips to delete now" }));
  await userEvent.click(page.getByRole("button", { name: "Delete and save" }));
  await expect.poll(() => ended).toStrictEqual(["form-saved"]);
});

test("Escape closes an unchanged form, and leads to Cancel in a changed one", async () => {
  const { ended } = open([FORM], { entryId: "doorbell-1" });
  await expect.element(field).toHaveValue("30");
  await userEvent.fill(field, "7");
  await userEvent.tab();
  await userEvent.keyboard("{Escape}");
  await expectFocus(page.getByRole("button", { name: "Cancel" }));
  expect(ended).toStrictEqual([]);
  await userEvent.keyboard("{Enter}");
  expect(ended).toStrictEqual(["form-closed"]);

  const other = open([FORM], { entryId: "doorbell-1" });
  await expect.element(field).toHaveValue("30");
  await userEvent.click(field);
  await userEvent.keyboard("{Escape}");
  expect(other.ended).toStrictEqual(["form-closed"]);
});

test("a flow that ends without a change says why", async () => {
  const { ended } = open(
    [
      {
        type: "abort",
        reason: "changed",
        description_placeholders: { name: "Harbor Police" },
      },
    ],
    { entryId: "agency-1", kind: "config" },
  );
  const text = page.getByText("What Harbor Police publishes has changed.");
  await expect.element(text).toBeVisible();
  expect(page.getByRole("button").elements()).toHaveLength(1);
  await userEvent.click(page.getByRole("button", { name: "Cancel" }));
  expect(ended).toStrictEqual(["form-closed"]);
});
