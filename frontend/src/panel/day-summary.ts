/** A summary of a day in one line, and clips per hour. */

import { css, html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Day } from "../api/commands.ts";
import { HomeElement } from "../ha/home-element.ts";
import { shortTimes } from "../i18n/format.ts";
import { shared } from "../ui/styles.ts";
import { LABELS } from "./route.ts";

const HOUR = 3_600;
/** The number of clips that fills an hour's bar, unless an hour has more. */
const FULL = 4;

/** The number of clips that began in each hour of a day, which has 23 to 25 hours. */
export function byHour({ begins, ends, marks }: Day): number[] {
  const length = (Date.parse(ends) - Date.parse(begins)) / 1000;
  const hours = Array.from({ length: Math.ceil(length / HOUR) }, () => 0);
  for (const { at } of marks) {
    const hour = Math.floor(at / HOUR);
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  return hours;
}

/** The hour with the most clips, if there is exactly one. */
export function busiest(hours: readonly number[]): number | undefined {
  const most = Math.max(...hours);
  const hour = hours.indexOf(most);
  return most > 1 && hours.lastIndexOf(most) === hour ? hour : undefined;
}

@customElement("doorwatch-day-summary")
export class DaySummary extends HomeElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0;
        font-size: 0.875rem;
      }
      svg {
        display: block;
        width: 100%;
        height: 20px;
        margin-block-start: 4px;
      }
      svg:dir(rtl) {
        transform: scaleX(-1);
      }
      .ground {
        fill: var(--dw-line);
      }
      .bar {
        fill: color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
      }
      @media (forced-colors: active) {
        .ground,
        .bar {
          fill: CanvasText;
        }
      }
    `,
  ];

  @property({ attribute: false }) day!: Day;

  protected override render(): TemplateResult | typeof nothing {
    const { strings, day } = this;
    if (day.marks.length === 0) return nothing;
    const hours = byHour(day);
    const { hour } = shortTimes(this.locale.zone ?? "UTC", this.locale);
    const begins = (index: number): string =>
      hour(Date.parse(day.begins) + index * HOUR * 1000);
    const most = Math.max(...hours, FULL);
    const perHour = hours
      .map((count, index) =>
        count > 0 ? strings.text("day.of_hour", { hour: begins(index), count }) : "",
      )
      .filter(Boolean)
      .join(", ");
    return html`<p>${this.line(hours, begins)}</p>
      <svg
        part="bars"
        role="img"
        aria-label=${strings.text("day.by_hour", { hours: perHour })}
        viewBox="0 0 ${hours.length} 20"
        preserveAspectRatio="none"
      >
        <rect class="ground" x="0" y="19" width=${hours.length} height="1"></rect>
        ${hours.map((count, index) => {
          const height = (count / most) * 19;
          return svg`<rect class="bar" x=${index + 0.1} y=${19 - height}
            width="0.8" height=${height}></rect>`;
        })}
      </svg>`;
  }

  private line(hours: readonly number[], begins: (hour: number) => string): string {
    const { strings, day } = this;
    const rings = day.marks.filter(({ kinds }) => kinds.includes("ring")).length;
    const counts = [
      strings.text("day.clips", { count: day.marks.length }),
      rings > 0 ? strings.text("day.rings", { count: rings }) : "",
      ...LABELS.map((label) => {
        const count = day.marks.filter(({ labels }) => labels.includes(label)).length;
        return count > 0 ? strings.text(`day.label.${label}`, { count }) : "";
      }),
    ].filter(Boolean);
    const said = counts.join(", ");
    const hour = busiest(hours);
    if (hour === undefined) return said;
    const between = { counts: said, from: begins(hour), to: begins(hour + 1) };
    return strings.text("day.most", between);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-day-summary": DaySummary;
  }
}
