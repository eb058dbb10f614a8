/**
 * The thumbnail of a clip, fetched with the page's login. Its URL never changes, so the browser
 * caches it and asks the home each time only whether this person may still see it.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";
import { pictures } from "./pictures.ts";

/** Callbacks for elements that approach or leave the screen. */
const near = new WeakMap<Element, (isNear: boolean) => void>();
/** Browsers without `scrollMargin` load images only once they are visible. */
const margins = { rootMargin: "50%", scrollMargin: "50%" };
const nearby = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) near.get(target)?.(isIntersecting);
}, margins);

/** Include before the styles of the element that shows one. */
export const thumbnailStyles = css`
  doorwatch-thumbnail {
    display: block;
    overflow: hidden;
    background: #1c1c1e;
    color: #fff;
  }
  doorwatch-thumbnail > img,
  doorwatch-thumbnail > span {
    width: 100%;
    height: 100%;
  }
  doorwatch-thumbnail > img {
    display: block;
    object-fit: cover;
  }
  doorwatch-thumbnail > span {
    display: grid;
    place-items: center;
    padding: 4px;
    text-align: center;
    font-size: 0.8125rem;
  }
`;

@customElement("doorwatch-thumbnail")
export class Thumbnail extends HomeElement {
  @property({ attribute: false }) path = "";
  @property({ attribute: false }) alt = "";
  @state() private source: string | undefined;
  @state() private missing = false;
  private fetching: AbortController | undefined;
  private letBe: (() => void) | undefined;
  private wasConnected = true;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.await();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.forget();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const back = this.hass.connected && !this.wasConnected;
    this.wasConnected = this.hass.connected;
    if (changed.has("path") || (back && this.missing)) {
      this.forget();
      this.await();
    }
  }

  private await(): void {
    near.set(this, (isNear) => {
      if (isNear) void this.load();
      else this.fetching?.abort();
    });
    // Observing takes time, too, so wait for slow scrolling.
    this.letBe = pictures.whenCalm(() => nearby.observe(this));
  }

  private forget(): void {
    this.letBe?.();
    nearby.unobserve(this);
    this.fetching?.abort();
    this.fetching = undefined;
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = undefined;
    this.missing = false;
  }

  private async load(): Promise<void> {
    const { path, hass } = this;
    if (!path || (this.fetching && !this.fetching.signal.aborted)) return;
    const fetching = new AbortController();
    this.fetching = fetching;
    const { signal } = fetching;
    let done: (() => void) | undefined;
    try {
      done = await pictures.turn(signal);
      signal.throwIfAborted();
      const response = await hass.fetchWithAuth(path, { signal });
      if (!response.ok) throw new Error(response.statusText);
      const picture = await response.blob();
      if (!signal.aborted) this.source = URL.createObjectURL(picture);
    } catch {
      if (!signal.aborted) this.missing = true;
    } finally {
      done?.();
    }
    if (!signal.aborted) nearby.unobserve(this);
  }

  /**
   * No shadow root: scrolling creates thumbnails in each frame, and each root with styles makes
   * the browser recalculate those of the whole page.
   */
  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.missing)
      return html`<span>${this.strings.text("clip.no_thumbnail")}</span>`;
    if (!this.source) return nothing;
    return html`<img
      src=${this.source}
      alt=${this.alt}
      decoding="async"
      @error=${() => (this.missing = true)}
    />`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-thumbnail": Thumbnail;
  }
}
