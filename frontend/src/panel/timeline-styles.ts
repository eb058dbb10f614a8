/** Styles of the timeline: every kind has its own shape and color. */

import { css } from "lit";

export const timelineStyles = css`
  :host {
    display: block;
    --ring: color-mix(in srgb, var(--primary-color, #009ac7) 82%, var(--dw-text));
    --motion: color-mix(in srgb, var(--dw-text) 52%, var(--dw-surface));
    --manual: color-mix(in srgb, var(--error-color, #db4437) 82%, var(--dw-text));
    --sign: color-mix(in srgb, var(--dw-text) 72%, var(--dw-surface));
  }
  .frame {
    position: relative;
  }
  .strip {
    position: relative;
    overflow: hidden;
    border-radius: 8px;
    /* Vertical scrolling stays with the browser. */
    touch-action: pan-y;
    user-select: none;
    -webkit-user-select: none;
    cursor: pointer;
  }
  svg.marks {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .rtl svg.marks {
    scale: -1 1;
  }
  .ground {
    fill: var(--dw-raised);
  }
  .lines {
    fill: var(--dw-line);
  }
  .motion {
    fill: var(--motion);
  }
  .by_hand {
    fill: color-mix(in srgb, var(--manual) 45%, transparent);
    stroke: var(--manual);
    stroke-width: 1.5;
  }
  .ring,
  .manual {
    stroke: var(--dw-surface);
    stroke-width: 1;
    paint-order: stroke;
  }
  .ring {
    fill: var(--ring);
  }
  .manual {
    fill: var(--manual);
  }
  .protected,
  .shared {
    fill: var(--sign);
    fill-rule: evenodd;
  }
  .name {
    position: absolute;
    inset-inline: 2px;
    font-size: 0.75rem;
    line-height: calc(9rem / 7);
    color: var(--dw-muted);
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
    pointer-events: none;
  }
  .ahead {
    position: absolute;
    inset-block: 0;
    inset-inline-end: 0;
    background: repeating-linear-gradient(
      135deg,
      transparent 0 5px,
      color-mix(in srgb, var(--dw-text) 7%, transparent) 5px 6px
    );
    pointer-events: none;
  }
  .now {
    position: absolute;
    inset-block: 0;
    width: 2px;
    margin-inline-start: -1px;
    background: var(--dw-danger);
    pointer-events: none;
  }
  .hand {
    position: absolute;
    inset-block: 0;
    width: 2px;
    margin-inline-start: -1px;
    background: var(--dw-text);
    pointer-events: none;
  }
  .chosen {
    position: absolute;
    border: 2px solid var(--dw-text);
    border-radius: 8px;
    pointer-events: none;
  }
  .hours {
    position: absolute;
    inset-inline: 0;
    bottom: 0;
    height: 28px;
    cursor: grab;
  }
  .hours span {
    position: absolute;
    inset-block-start: 4px;
    padding-inline-start: 4px;
    font-size: 0.75rem;
    line-height: 16px;
    color: var(--dw-muted);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .part {
    position: absolute;
    bottom: 0;
    height: 4px;
    border-radius: 2px;
    background: var(--dw-border);
  }
  input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    pointer-events: none;
  }
  .by-key input:focus ~ .focus {
    position: absolute;
    inset: 0;
    border: 3px solid
      color-mix(in srgb, var(--primary-color, #009ac7) 80%, var(--dw-text));
    border-radius: 8px;
    pointer-events: none;
  }
  .empty {
    position: absolute;
    inset-inline: 0;
    inset-block-start: 12px;
    margin: 0;
    text-align: center;
    color: var(--dw-muted);
    pointer-events: none;
  }
  .card {
    position: fixed;
    inset: auto;
    margin: 0;
    border: none;
    /* The padding reaches to the lanes, so that a pointer can move to it. */
    padding: 0 0 6px;
    background: none;
    color: inherit;
    overflow: visible;
    cursor: pointer;
  }
  .card.below {
    padding: 6px 0 0;
  }
  .moment {
    position: absolute;
    z-index: 1;
    bottom: 30px;
    padding: 1px 6px;
    translate: -50% 0;
    border-radius: 6px;
    font-size: 0.75rem;
    font-variant-numeric: tabular-nums;
    background: var(--dw-text);
    color: var(--dw-surface);
    pointer-events: none;
  }
  .rtl .moment {
    translate: 50% 0;
  }
  .foot {
    display: flex;
    gap: 16px;
    align-items: center;
    margin-block-start: 6px;
  }
  .legend {
    flex: 1;
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin: 0;
    padding: 0;
    list-style: none;
    font-size: 0.8125rem;
    color: var(--dw-muted);
  }
  .legend li {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    white-space: nowrap;
  }
  .legend svg {
    width: 1rem;
    height: 1rem;
  }
  .zoom {
    display: flex;
  }
  [aria-disabled="true"] {
    opacity: 0.4;
    cursor: default;
  }
  @media (forced-colors: active) {
    .ground {
      fill: Canvas;
      stroke: CanvasText;
    }
    .lines {
      fill: GrayText;
    }
    .motion,
    .by_hand,
    .ring,
    .manual,
    .protected,
    .shared {
      fill: CanvasText;
      stroke: Canvas;
    }
    .by_hand {
      fill: Canvas;
      stroke: CanvasText;
    }
    .chosen,
    .by-key input:focus ~ .focus {
      border-color: Highlight;
    }
    .now {
      background: Highlight;
    }
    .now,
    .hand,
    .part,
    .moment {
      forced-color-adjust: none;
    }
    .hand,
    .part {
      background: CanvasText;
    }
    .moment {
      background: CanvasText;
      color: Canvas;
    }
    [aria-disabled="true"] {
      color: GrayText;
      opacity: 1;
    }
  }
`;
