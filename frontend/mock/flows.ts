/** Home Assistant's flows for the options and the data of entries, and their texts. */

import { CONFIG_FLOW, OPTIONS_FLOW } from "../src/ha/core-names.ts";
import type { Message } from "../src/ha/hass.ts";
import type { Data, Field, Step } from "../src/panel/entry-flow.ts";

type Tree = { [key: string]: string | Tree };

const FILES = import.meta.glob<Tree>(
  "../../custom_components/doorwatch/translations/*.json",
  { import: "default" },
);

function* leaves(tree: Tree, path: string): Generator<[string, string]> {
  for (const [key, node] of Object.entries(tree)) {
    if (typeof node === "string") yield [`${path}.${key}`, node];
    else yield* leaves(node, `${path}.${key}`);
  }
}

/** The integration's texts, as Home Assistant returns them. */
export async function texts(message: Message): Promise<{ resources: object }> {
  const category = String(message["category"]);
  const load = (language: string): Promise<Tree> | undefined =>
    FILES[`../../custom_components/doorwatch/translations/${language}.json`]?.();
  const tree = (await load(String(message["language"]))) ?? (await load("en"));
  const found = tree?.[category];
  return {
    resources: Object.fromEntries(
      typeof found === "object" ? leaves(found, `component.doorwatch.${category}`) : [],
    ),
  };
}

const field = (name: string, selector: string, value?: unknown): Field & Data => ({
  name,
  selector: { [selector]: {} },
  ...(value === undefined ? {} : { description: { suggested_value: value } }),
});
const section = (name: string, ...schema: Field[]): Field => ({
  name,
  type: "expandable",
  schema,
});
const choice = (name: string, value: string, ...options: string[]): Field & Data => ({
  ...field(name, "select", value),
  selector: { select: { options, translation_key: name } },
});

const REASONS = ["ring", "person", "vehicle", "animal", "package", "manual", "motion"];

const FORMS: Record<string, Field[]> = {
  events: [
    field("motion_entity", "text", "binary_sensor.front_door_motion"),
    field("ring_entity", "text"),
    field("webhook", "boolean", true),
    section(
      "labels",
      ...["person", "vehicle", "animal", "package"].map((name) => field(name, "text")),
    ),
    section(
      "picture",
      field("picture_motion", "boolean", true),
      choice("sensitivity", "medium", "low", "medium", "high"),
      field("cool_down", "number", 30),
    ),
    section(
      "lengths",
      field("pre_roll", "number", 5),
      field("post_roll", "number", 10),
      field("longest_clip", "number", 120),
    ),
    section("keep", ...["any", ...REASONS].map((name) => field(name, "number"))),
  ],
  keep_less: [field("current_pin", "text")],
  storage: [field("keep_days", "number", 30), field("keep_gb", "number", 50)],
  sharing: [field("cancel_window", "number", 10), field("current_pin", "text")],
  pin: [field("current_pin", "text"), field("pin", "text")],
  requests: [field("radius", "number", 50), field("hold_clips", "boolean", false)],
  more: [field("in_sidebar", "boolean", true), field("proxy", "text")],
  reconfigure_agency: [field("upload_code", "text"), field("last_group", "text")],
  reconfigure_group: [field("last_group", "text")],
  reconfigure_rtsp: [
    field("stream", "text", "rtsp://192.168.1.20:554/main"),
    field("username", "text", "admin"),
    field("password", "text"),
    field("sub_stream", "text"),
  ],
};

const PLACEHOLDERS = {
  name: "Front door",
  webhook: "http://192.168.1.5:8123/api/webhook/4f1c9c2be7d0a6b1",
  host: "police.sample-town.example",
  fingerprint: "4QX7 M2KD 9RTA WZ5H ••••",
  home: "B7KP 3NQF 8VXS 2MJD 6CWT",
  folder: "/media/doorwatch",
  example: "https://home.example.org:8443",
  proxy: "http://user:password@proxy.example.org:3128",
  clips: "42",
  size: "1.3 GB",
  ...Object.fromEntries(
    REASONS.flatMap((name) => [
      [name, "6"],
      [`${name}_size`, "190 MB"],
    ]),
  ),
};

const show = (step_id: string, errors: Record<string, string> | null = null): Step => ({
  type: "form",
  flow_id: step_id,
  step_id,
  data_schema: FORMS[step_id] ?? [],
  errors,
  description_placeholders: PLACEHOLDERS,
});

function first({ handler, entry_id }: Data): Step {
  if (handler === "household") return { type: "menu", flow_id: "menu" };
  if (handler !== "doorwatch") return show("events");
  const [kind] = String(entry_id).split("-");
  return show(kind === "doorbell" ? "reconfigure_rtsp" : `reconfigure_${kind}`);
}

function next(step: string, data: Data): Step {
  if (step === "menu") return show(String(data["next_step_id"]));
  if (step === "events" && "any" in ((data["keep"] ?? {}) as Data))
    return show("keep_less");
  if (step === "reconfigure_rtsp" && !String(data["stream"]).startsWith("rtsp://"))
    return show(step, { stream: "invalid_address" });
  if (data["last_group"]) return show(step, { last_group: "fingerprint_differs" });
  if (!step.startsWith("reconfigure")) return { type: "create_entry" };
  return {
    type: "abort",
    reason: "reconfigure_successful",
    description_placeholders: null,
  };
}

/** Answer a request to the flows; undefined for another path. */
export function flowAnswer(path: string, init?: RequestInit): Response | undefined {
  const base = [OPTIONS_FLOW, CONFIG_FLOW].find((one) => path.startsWith(one));
  if (!base) return undefined;
  if (init?.method === "DELETE") return Response.json({});
  const data = JSON.parse(init?.body as string) as Data;
  const step = path.slice(base.length + 1);
  return Response.json(step ? next(step, data) : first(data));
}
