import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectFocus, show } from "../../mock/show.ts";
import { DialogElement } from "./dialog-element.ts";

@customElement("test-dialog")
class TestDialog extends DialogElement {
  protected override readonly heading: string = "bin.title";
  protected override readonly wayOut: string = "bin.close";

  protected override content(): TemplateResult {
    return html`<div class="body">
        ${this.looks === "question" ? this.titleLine() : ""}
      </div>
      <footer><button autofocus>Easy</button></footer>`;
  }
}

@customElement("test-question")
class TestQuestion extends TestDialog {
  protected override readonly looks = "question";
}

@customElement("test-steps")
class TestSteps extends TestDialog {
  protected override readonly focusesTitle = true;
  protected override content(): TemplateResult {
    return html`<div class="body"></div>`;
  }
}

@customElement("test-form")
class TestForm extends TestDialog {
  protected override get unsaved(): boolean {
    return true;
  }
}

const dialog = page.getByRole("dialog", { name: "Deleted clips" });

/** Open it with a button; returns how often it was closed. */
async function open(element: TestDialog): Promise<{ closed: () => number }> {
  let closed = 0;
  element.addEventListener("dialog-closed", () => (closed += 1));
  const opener = document.createElement("button");
  opener.textContent = "Open";
  const home = show(opener);
  opener.addEventListener("click", () => home.append(element));
  await userEvent.click(opener);
  await expect.element(dialog).toBeVisible();
  return { closed: () => closed };
}

const focused = (element: TestDialog): string | undefined =>
  element.shadowRoot?.activeElement?.textContent.trim();

test("a dialog has the page to itself and is named by its title", async () => {
  await open(new TestDialog());
  expect(dialog.element().matches(":modal")).toBe(true);
  await expect.element(dialog.getByRole("heading")).toHaveTextContent("Deleted clips");
});

test("Escape closes it, says so once, and gives the focus back", async () => {
  const { closed } = await open(new TestDialog());
  await userEvent.keyboard("{Escape}");
  await expect.poll(closed).toBe(1);
  await expect.element(dialog).not.toBeInTheDocument();
  await expectFocus(page.getByRole("button", { name: "Open" }));
});

test("so does the way out in its bar", async () => {
  const { closed } = await open(new TestDialog());
  await userEvent.click(dialog.getByRole("button", { name: "Close" }));
  await expect.poll(closed).toBe(1);
  await expectFocus(page.getByRole("button", { name: "Open" }));
});

test("a question has no bar, and the focus is at its easy answer", async () => {
  const element = new TestQuestion();
  await open(element);
  await expect.element(dialog.getByRole("heading")).toBeVisible();
  expect(dialog.getByRole("button").elements().length).toBe(1);
  expect(focused(element)).toBe("Easy");
});

test("one with steps is read from its title on", async () => {
  const element = new TestSteps();
  await open(element);
  expect(focused(element)).toBe("Deleted clips");
});

test("what is not saved is asked about, however often Escape is pressed", async () => {
  const element = new TestForm();
  const { closed } = await open(element);
  const question = page.getByRole("dialog", { name: "Discard your changes?" });
  await userEvent.keyboard("{Escape}");
  await expect.element(question).toBeVisible();
  await expectFocus(question.getByRole("button", { name: "Keep editing" }));
  // Pressing it again keeps the changes.
  await userEvent.keyboard("{Escape}");
  await expect.element(question).not.toBeInTheDocument();
  await userEvent.keyboard("{Escape}{Escape}{Escape}");
  await expect.element(question).toBeVisible();
  expect(closed()).toBe(0);
  await userEvent.click(question.getByRole("button", { name: "Discard" }));
  await expect.poll(closed).toBe(1);
  await expectFocus(page.getByRole("button", { name: "Open" }));
});

test("on a phone a tall one fills the screen, a question does not", async () => {
  await page.viewport(360, 640);
  try {
    await open(new TestDialog());
    expect(dialog.element().getBoundingClientRect().height).toBe(640);
    await open(new TestQuestion());
    expect(dialog.element().getBoundingClientRect().height).toBeLessThan(640);
  } finally {
    await page.viewport(414, 896);
  }
});
