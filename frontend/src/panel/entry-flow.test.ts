import { expect, test } from "vitest";
import {
  EntryFlow,
  filledIn,
  initialData,
  isSaved,
  type FlowKind,
  type Step,
} from "./entry-flow.ts";

const FORM: Step = {
  type: "form",
  flow_id: "flow-1",
  step_id: "storage",
  data_schema: [],
  errors: null,
  description_placeholders: null,
};

/** A home that answers with these steps or errors, and notes what it was asked. */
function home(...steps: (Step | { errors: unknown } | undefined)[]) {
  return homeWith("options", ...steps);
}

function homeWith(
  kind: FlowKind,
  ...steps: (Step | { errors: unknown } | undefined)[]
) {
  const asked: string[] = [];
  const fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    asked.push(
      `${init?.method ?? ""} ${path.slice(-12)} ${(init?.body as string | undefined) ?? ""}`,
    );
    const step = steps.shift();
    if (!step) return new Response("", { status: 404 });
    return Response.json(step, { status: "type" in step ? 200 : 400 });
  };
  return { flow: new EntryFlow(fetch, kind), asked };
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

test("a page that is left before its form is there leaves no flow open", async () => {
  const { flow, asked } = home({ type: "menu", flow_id: "flow-1" }, FORM);
  const opened = flow.open("household", "storage");
  await flow.close();
  await opened;
  expect(flow.isOpen).toBe(false);
  expect(await flow.open("household", "storage")).toBeUndefined();
  expect(asked).toStrictEqual([
    'POST options/flow {"handler":"household"}',
    "DELETE /flow/flow-1 ",
  ]);
});

test("an entry is reconfigured by its other flow, whose abort means that it was saved", async () => {
  const done: Step = {
    type: "abort",
    reason: "reconfigure_successful",
    description_placeholders: null,
  };
  const { flow, asked } = homeWith("config", FORM, done);
  expect(await flow.open("agency-1")).toStrictEqual(FORM);
  expect(isSaved(await flow.submit({ upload_code: "1234" }))).toBe(true);
  expect(flow.isOpen).toBe(false);
  expect(asked).toStrictEqual([
    'POST entries/flow {"handler":"doorwatch","entry_id":"agency-1"}',
    'POST /flow/flow-1 {"upload_code":"1234"}',
  ]);
  expect(isSaved({ ...done, reason: "already_configured" })).toBe(false);
});

test("a value that Home Assistant does not accept is an error of its field", async () => {
  const { flow } = home(FORM, { errors: { days: "value must be at most 3650" } });
  await flow.open("doorbell-1");
  expect(await flow.submit({ days: 9999 })).toStrictEqual({
    ...FORM,
    errors: { days: "invalid_value" },
  });
  expect(flow.isOpen).toBe(true);
});

test("a home that refuses is a failure", async () => {
  const { flow } = home(undefined);
  await expect(flow.open("household", "storage")).rejects.toMatchObject({
    code: "unknown",
  });
});
