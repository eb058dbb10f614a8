import { expect, test } from "vitest";
import { filledIn, initialData, OptionsFlow, type Step } from "./options-flow.ts";

const FORM: Step = {
  type: "form",
  flow_id: "flow-1",
  step_id: "storage",
  data_schema: [],
  errors: null,
  description_placeholders: null,
};

/** A home that answers with these steps, and notes what it was asked. */
function home(...steps: (Step | undefined)[]) {
  const asked: string[] = [];
  const fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    asked.push(
      `${init?.method ?? ""} ${path.slice(-12)} ${(init?.body as string | undefined) ?? ""}`,
    );
    const step = steps.shift();
    return step ? Response.json(step) : new Response("", { status: 404 });
  };
  return { flow: new OptionsFlow(fetch), asked };
}

test("stored values come first, then defaults, in sections too", () => {
  expect(
    initialData([
      { name: "days", default: 30, description: { suggested_value: 7 } },
      { name: "size", default: 50 },
      { name: "folder", description: {} },
      { name: "keep", type: "expandable", schema: [{ name: "ring", default: 90 }] },
    ]),
  ).toStrictEqual({ days: 7, size: 50, keep: { ring: 90 } });
});

test("an empty field is left out, zero and false are not", () => {
  expect(
    filledIn({ a: "", b: null, c: 0, d: false, e: [], keep: { ring: "", motion: 3 } }),
  ).toStrictEqual({ c: 0, d: false, e: [], keep: { motion: 3 } });
});

test("a page is opened from the menu, saved, and needs no end", async () => {
  const { flow, asked } = home({ type: "menu", flow_id: "flow-1" }, FORM, {
    type: "create_entry",
  });
  expect(await flow.open("household", "storage")).toStrictEqual(FORM);
  expect(await flow.submit({ days: 7 })).toStrictEqual({ type: "create_entry" });
  await flow.close();
  expect(asked).toStrictEqual([
    'POST options/flow {"handler":"household"}',
    'POST /flow/flow-1 {"next_step_id":"storage"}',
    'POST /flow/flow-1 {"days":7}',
  ]);
});

test("a page that is left is ended, once", async () => {
  const { flow, asked } = home({ type: "menu", flow_id: "flow-1" }, FORM);
  await flow.open("household", "storage");
  await flow.close();
  await flow.close();
  expect(asked.filter((one) => one.startsWith("DELETE")).length).toBe(1);
});

test("a home that refuses is a failure", async () => {
  const { flow } = home(undefined);
  await expect(flow.open("household", "storage")).rejects.toMatchObject({
    code: "unknown",
  });
});
