import { render } from "lit";
import { expect, test } from "vitest";
import { plainFormText, renderFormText } from "./form-text.ts";

test("bold words, code and tables are drawn, and everything else is text", () => {
  const place = document.createElement("div");
  const text =
    "Deletes **3 clips** of `/media`. <b>No</b>\n\n| | Clips |\n| --- | ---: |\n| Rings | 2 |";
  render(renderFormText(text), place);
  expect(place.querySelector("strong")?.textContent).toBe("3 clips");
  expect(place.querySelector("code")?.textContent).toBe("/media");
  expect(place.querySelector("b")).toBeNull();
  const cells = [...place.querySelectorAll("th, td")].map((one) => one.textContent);
  expect(cells).toStrictEqual(["", "Clips", "Rings", "2"]);
});

test("help below a field is plain text", () => {
  expect(
    plainFormText(
      "See **this**, `/media`, or [draw motion zones](/doorwatch/settings).",
    ),
  ).toBe("See this, /media, or draw motion zones.");
});
