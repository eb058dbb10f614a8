/** The description of a form: paragraphs, bold words, code and tables, as text. */

import { html, type TemplateResult } from "lit";

const MARKED = /(\*\*[^*]+\*\*|`[^`]+`)/;

const inline = (text: string): (string | TemplateResult)[] =>
  text.split(MARKED).map((part) => {
    if (part.startsWith("**")) return html`<strong>${part.slice(2, -2)}</strong>`;
    if (part.startsWith("`")) return html`<code>${part.slice(1, -1)}</code>`;
    return part;
  });

/** The text of the help below a field, which Home Assistant's form shows without marks. */
export const plainFormText = (text: string): string =>
  text
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replaceAll(/\*\*([^*]+)\*\*|`([^`]+)`/g, "$1$2");

const cellsOf = (row: string): string[] =>
  row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

function table(rows: readonly string[]): TemplateResult {
  const [head = "", , ...body] = rows;
  return html`<table>
    <thead>
      <tr>
        ${cellsOf(head).map((cell) => html`<th scope="col">${inline(cell)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${body.map(
        (row) =>
          html`<tr>
            ${cellsOf(row).map((cell) => html`<td>${inline(cell)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export const renderFormText = (text: string): TemplateResult[] =>
  text
    .split("\n\n")
    .map((block) =>
      block.startsWith("|") ? table(block.split("\n")) : html`<p>${inline(block)}</p>`,
    );
