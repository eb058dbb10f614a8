import { expect, test, vi } from "vitest";
import { feed } from "../../mock/requests.ts";
import { hideOf } from "./hiding.ts";

test("an item is hidden on its own, unless all of its agency is", () => {
  const hide = vi.fn();
  const feeds = [feed(), feed({ agency_id: "agency-2", hidden: true })];
  hideOf({ feeds }, hide, "agency-1", "item")?.(true);
  expect(hide).toHaveBeenCalledWith({ agencyId: "agency-1", itemId: "item" }, true);
  expect(hideOf({ feeds }, hide, "agency-2", "item")).toBeUndefined();
});
