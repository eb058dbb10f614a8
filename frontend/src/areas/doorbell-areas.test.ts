import { expect, test } from "vitest";
import { FakeConnection } from "../api/fake-connection.ts";
import type { Doorbell } from "../api/commands.ts";
import { AreaEditing } from "./area-editing.ts";
import { DoorbellAreas } from "./doorbell-areas.ts";

const DOORBELL = {
  doorbell_id: "doorbell-1",
  camera_entity_id: "camera.doorbell_1",
} as Doorbell;

function opened() {
  const connection = new FakeConnection();
  connection.answers["doorwatch/areas/get"] = () => ({
    areas: [
      [
        [0, 0],
        [50, 50],
      ],
    ],
    picture_motion: false,
  });
  connection.answers["auth/sign_path"] = ({ path }) => ({ path: `${String(path)}?s` });
  const nothing = (): void => undefined;
  const editing = new AreaEditing({ changed: nothing, focus: nothing });
  const areas = new DoorbellAreas(() => connection, editing, nothing);
  return { connection, editing, areas };
}

test("stored areas are loaded with an image, and saved", async () => {
  const { connection, editing, areas } = opened();
  await areas.load(DOORBELL);
  expect(editing.areas.map((area) => area.length)).toStrictEqual([4]);
  expect(areas.isMotionOff).toBe(true);
  expect(areas.picture).toBe("/api/camera_proxy/camera.doorbell_1?s");
  editing.add();
  expect(editing.isUnsaved).toBe(true);
  expect(await areas.save(DOORBELL)).toBe(true);
  expect(editing.isUnsaved).toBe(false);
  expect(connection.sent.at(-1)?.["areas"]).toHaveLength(2);
});

test("what is edited while the areas are saved is still unsaved", async () => {
  const { connection, editing, areas } = opened();
  await areas.load(DOORBELL);
  editing.add();
  connection.answers["doorwatch/areas/set"] = () => editing.add();
  expect(await areas.save(DOORBELL)).toBe(true);
  expect(connection.sent.at(-1)?.["areas"]).toHaveLength(2);
  expect(editing.areas).toHaveLength(3);
  expect(editing.isUnsaved).toBe(true);
});

test("without an image, areas can be drawn", async () => {
  const { connection, editing, areas } = opened();
  connection.answers["auth/sign_path"] = () => {
    throw { code: "unknown", message: "" };
  };
  await areas.load(DOORBELL);
  expect([editing.isReady, areas.isPictureMissing]).toStrictEqual([true, true]);
  expect(areas.failure).toBeUndefined();
});

test("without the stored areas, nothing can be drawn over them", async () => {
  const { connection, editing, areas } = opened();
  connection.answers["doorwatch/areas/get"] = () => {
    throw { code: "not_allowed", message: "" };
  };
  await areas.load(DOORBELL);
  expect(editing.isReady).toBe(false);
  expect(areas.failure?.code).toBe("not_allowed");
});

test("what could not be saved is still unsaved", async () => {
  const { connection, editing, areas } = opened();
  connection.answers["doorwatch/areas/set"] = () => {
    throw { code: "not_allowed", message: "" };
  };
  await areas.load(DOORBELL);
  editing.add();
  expect(await areas.save(DOORBELL)).toBe(false);
  expect(editing.isUnsaved).toBe(true);
  expect(areas.failure?.code).toBe("not_allowed");
});
